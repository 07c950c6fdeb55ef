import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Requires } from '../auth/requires.js';
import { ChangeService, type Outcome } from '../changes/change.service.js';
import { DocumentService, type DocumentWrite } from '../changes/document.service.js';
import { editedFields, newFields } from '../changes/fields.js';
import { type Payload, payloadOf } from '../changes/payload.js';
import type { Guard } from '../domain/guard.js';
import { type Connection, hasText, paginate, type PageInput } from '../domain/page.js';
import { resetGuard } from '../domain/rollout/reset-guard.js';
import { guardFields } from './guard-fields.js';
import { type PresentedGuard, presentGuard } from './presented-guard.js';
import type {
  CreateGuardInput,
  DeleteGuardInput,
  ResetGuardInput,
  UpdateGuardInput,
} from '../schema.types.js';

type GuardPayload = Payload<'guard', PresentedGuard>;

interface GuardFilter {
  readonly text?: string | null;
  readonly source?: Guard['source'] | null;
}

@Resolver('Guard')
export class GuardsResolver {
  constructor(
    private readonly documents: DocumentService,
    private readonly changes: ChangeService,
  ) {}

  @Requires('viewer')
  @Query('guard')
  guard(@Args('environment') environment: string, @Args('key') key: string): Promise<PresentedGuard | null> {
    return this.documents.find(environment, 'guard', key, presentGuard);
  }

  @Requires('viewer')
  @Query('guards')
  async guards(
    @Args('environment') environment: string,
    @Args('filter') filter: GuardFilter | null,
    @Args() page: PageInput,
  ): Promise<Connection<PresentedGuard>> {
    const passes = (guard: Guard): boolean =>
      hasText(guard, filter?.text) && (filter?.source == null || guard.source === filter.source);
    const guards = await this.documents.list(environment, 'guard', presentGuard);
    return paginate(guards.filter(passes), page);
  }

  @Requires('editor')
  @Mutation('createGuard')
  createGuard(
    @CurrentCaller() caller: Caller,
    @Args('input') input: CreateGuardInput,
  ): Promise<GuardPayload> {
    return this.#payload(
      input,
      this.documents.create(caller, 'guard', input, () => guardFields(newFields(input))),
    );
  }

  @Requires('editor')
  @Mutation('updateGuard')
  updateGuard(
    @CurrentCaller() caller: Caller,
    @Args('input') input: UpdateGuardInput,
  ): Promise<GuardPayload> {
    const given = guardFields(editedFields(input));
    // Who names a phi means that one, unless history is asked for beside it.
    const asks = given['phi'] === undefined ? {} : { phiFromHistory: null };
    const edit = (guard: Guard): unknown => ({ ...guard, ...asks, ...given });
    return this.#payload(input, this.documents.edit(caller, 'guard', input, edit));
  }

  @Requires('editor')
  @Mutation('deleteGuard')
  deleteGuard(
    @CurrentCaller() caller: Caller,
    @Args('input') input: DeleteGuardInput,
  ): Promise<GuardPayload> {
    return this.#payload(input, this.documents.delete(caller, 'guard', input));
  }

  @Requires('editor')
  @Mutation('resetGuard')
  resetGuard(@CurrentCaller() caller: Caller, @Args('input') input: ResetGuardInput): Promise<GuardPayload> {
    const writing = this.changes.write(caller, input, (image, now) =>
      resetGuard(image, { guard: input.key, subject: input.subject }, now),
    );
    return this.#payload(input, writing);
  }

  #payload(input: DocumentWrite, writing: Promise<Outcome>): Promise<GuardPayload> {
    return payloadOf('guard', input, writing, presentGuard);
  }
}
