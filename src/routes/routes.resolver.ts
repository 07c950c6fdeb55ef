import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Route, RouteRule } from '@tidegate/sdk/engine';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Requires } from '../auth/requires.js';
import type { Outcome } from '../changes/change.service.js';
import { DocumentService, type DocumentWrite } from '../changes/document.service.js';
import { editedFields, newFields } from '../changes/fields.js';
import { type Payload, payloadOf } from '../changes/payload.js';
import { type Connection, hasText, paginate, type PageInput } from '../domain/page.js';
import {
  addRouteRule,
  moveRouteRule,
  removeRouteRule,
  replaceRouteRule,
  setClosed,
  setRouteSplit,
} from '../domain/route-edits.js';
import { completeRule, newRoute } from './new-route.js';
import { type PresentedRoute, presentRoute } from './presented-route.js';
import type {
  CloseRouteInput,
  CreateRouteInput,
  MoveRouteRuleInput,
  RouteIntentInput,
  RouteRuleIdInput,
  RouteRuleIntentInput,
  SetRouteSplitInput,
  UpdateRouteInput,
} from '../schema.types.js';

type RouteWrite = DocumentWrite;
type RoutePayload = Payload<'route', PresentedRoute>;

interface RouteFilter {
  readonly text?: string | null;
  readonly service?: string | null;
}

@Resolver('Route')
export class RoutesResolver {
  constructor(private readonly documents: DocumentService) {}

  @Requires('viewer')
  @Query('route')
  route(@Args('environment') environment: string, @Args('key') key: string): Promise<PresentedRoute | null> {
    return this.documents.find(environment, 'route', key, presentRoute);
  }

  @Requires('viewer')
  @Query('routes')
  async routes(
    @Args('environment') environment: string,
    @Args('filter') filter: RouteFilter | null,
    @Args() page: PageInput,
  ): Promise<Connection<PresentedRoute>> {
    const passes = (route: Route): boolean =>
      hasText(route, filter?.text) && (filter?.service == null || route.service === filter.service);
    const routes = await this.documents.list(environment, 'route', presentRoute);
    return paginate(routes.filter(passes), page);
  }

  @Requires('editor')
  @Mutation('createRoute')
  createRoute(
    @CurrentCaller() caller: Caller,
    @Args('input') input: CreateRouteInput,
  ): Promise<RoutePayload> {
    return payloadOf(
      'route',
      input,
      this.documents.create(caller, 'route', input, () => newRoute(newFields(input))),
    );
  }

  @Requires('editor')
  @Mutation('updateRoute')
  updateRoute(
    @CurrentCaller() caller: Caller,
    @Args('input') input: UpdateRouteInput,
  ): Promise<RoutePayload> {
    return this.#edit(caller, input, (route) => ({ ...route, ...editedFields(input) }));
  }

  @Requires('editor')
  @Mutation('closeRoute')
  closeRoute(@CurrentCaller() caller: Caller, @Args('input') input: CloseRouteInput): Promise<RoutePayload> {
    return this.#edit(caller, input, (route) => setClosed(route, input.version));
  }

  @Requires('editor')
  @Mutation('openRoute')
  openRoute(@CurrentCaller() caller: Caller, @Args('input') input: RouteIntentInput): Promise<RoutePayload> {
    return this.#edit(caller, input, (route) => setClosed(route, null));
  }

  @Requires('editor')
  @Mutation('deleteRoute')
  deleteRoute(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RouteIntentInput,
  ): Promise<RoutePayload> {
    return payload(input, this.documents.delete(caller, 'route', input));
  }

  @Requires('editor')
  @Mutation('addRouteRule')
  addRouteRule(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RouteRuleIntentInput,
  ): Promise<RoutePayload> {
    return this.#edit(caller, input, (route) => addRouteRule(route, ruleOf(input), input.at ?? undefined));
  }

  @Requires('editor')
  @Mutation('replaceRouteRule')
  replaceRouteRule(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RouteRuleIntentInput,
  ): Promise<RoutePayload> {
    return this.#edit(caller, input, (route) => replaceRouteRule(route, ruleOf(input)));
  }

  @Requires('editor')
  @Mutation('moveRouteRule')
  moveRouteRule(
    @CurrentCaller() caller: Caller,
    @Args('input') input: MoveRouteRuleInput,
  ): Promise<RoutePayload> {
    return this.#edit(caller, input, (route) => moveRouteRule(route, input.rule, input.to));
  }

  @Requires('editor')
  @Mutation('removeRouteRule')
  removeRouteRule(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RouteRuleIdInput,
  ): Promise<RoutePayload> {
    return this.#edit(caller, input, (route) => removeRouteRule(route, input.rule));
  }

  @Requires('editor')
  @Mutation('setRouteSplit')
  setRouteSplit(
    @CurrentCaller() caller: Caller,
    @Args('input') input: SetRouteSplitInput,
  ): Promise<RoutePayload> {
    return this.#edit(caller, input, (route) => setRouteSplit(route, input.rule, input.arms));
  }

  #edit(caller: Caller, input: RouteWrite, edit: (route: Route) => unknown): Promise<RoutePayload> {
    return payload(input, this.documents.edit(caller, 'route', input, edit));
  }
}

/** The rule of an input; its form is checked when the whole route is parsed. */
function ruleOf({ rule }: RouteRuleIntentInput): RouteRule {
  return completeRule(rule) as RouteRule;
}

function payload(input: RouteWrite, writing: Promise<Outcome>): Promise<RoutePayload> {
  return payloadOf('route', input, writing, presentRoute);
}
