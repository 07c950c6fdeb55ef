import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Route, RouteRule } from '@tidegate/sdk/engine';
import { CurrentPrincipal } from '../auth/current-principal.js';
import type { Principal } from '../auth/principal.js';
import { Requires } from '../auth/requires.js';
import type { Outcome } from '../changes/change.service.js';
import { DocumentService, type DocumentWrite } from '../changes/document.service.js';
import { documentFields } from '../changes/fields.js';
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
import { type PresentedRoute, presentRoute } from './presented-route.js';
import type {
  CloseRouteInput,
  CreateRouteInput,
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

const UNSET = {
  description: '',
  port: 80,
  gateways: [],
  mesh: true,
  bucketBy: ['targetingKey'],
  rules: [],
  closed: null,
};

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
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CreateRouteInput,
  ): Promise<RoutePayload> {
    const value = { ...UNSET, salt: input.key, ...documentFields(input) };
    return payloadOf(
      'route',
      input,
      this.documents.create(principal, 'route', input, () => value),
    );
  }

  @Requires('editor')
  @Mutation('updateRoute')
  updateRoute(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: UpdateRouteInput,
  ): Promise<RoutePayload> {
    return this.#edit(principal, input, (route) => ({ ...route, ...documentFields(input) }));
  }

  @Requires('editor')
  @Mutation('closeRoute')
  closeRoute(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CloseRouteInput,
  ): Promise<RoutePayload> {
    return this.#edit(principal, input, (route) => setClosed(route, input.version));
  }

  @Requires('editor')
  @Mutation('openRoute')
  openRoute(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RouteIntentInput,
  ): Promise<RoutePayload> {
    return this.#edit(principal, input, (route) => setClosed(route, null));
  }

  @Requires('editor')
  @Mutation('deleteRoute')
  deleteRoute(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RouteIntentInput,
  ): Promise<RoutePayload> {
    return payload(input, this.documents.delete(principal, 'route', input));
  }

  @Requires('editor')
  @Mutation('addRouteRule')
  addRouteRule(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RouteRuleIntentInput,
  ): Promise<RoutePayload> {
    return this.#edit(principal, input, (route) =>
      addRouteRule(route, input.rule as RouteRule, input.at ?? undefined),
    );
  }

  @Requires('editor')
  @Mutation('replaceRouteRule')
  replaceRouteRule(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RouteRuleIntentInput,
  ): Promise<RoutePayload> {
    return this.#edit(principal, input, (route) => replaceRouteRule(route, input.rule as RouteRule));
  }

  @Requires('editor')
  @Mutation('moveRouteRule')
  moveRouteRule(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RouteRuleIdInput,
  ): Promise<RoutePayload> {
    return this.#edit(principal, input, (route) => moveRouteRule(route, input.rule, input.to ?? 0));
  }

  @Requires('editor')
  @Mutation('removeRouteRule')
  removeRouteRule(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RouteRuleIdInput,
  ): Promise<RoutePayload> {
    return this.#edit(principal, input, (route) => removeRouteRule(route, input.rule));
  }

  @Requires('editor')
  @Mutation('setRouteSplit')
  setRouteSplit(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: SetRouteSplitInput,
  ): Promise<RoutePayload> {
    return this.#edit(principal, input, (route) => setRouteSplit(route, input.rule, input.arms));
  }

  #edit(principal: Principal, input: RouteWrite, edit: (route: Route) => unknown): Promise<RoutePayload> {
    return payload(input, this.documents.edit(principal, 'route', input, edit));
  }
}

function payload(input: RouteWrite, writing: Promise<Outcome>): Promise<RoutePayload> {
  return payloadOf('route', input, writing, presentRoute);
}
