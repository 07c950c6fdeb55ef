import { Inject } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Requires } from '../auth/requires.js';
import { ChangeService, type Outcome } from '../changes/change.service.js';
import { DocumentService, type DocumentWrite } from '../changes/document.service.js';
import { editedFields, newFields } from '../changes/fields.js';
import { type Payload, payloadOf } from '../changes/payload.js';
import { SOURCE_SETUP } from '../changes/source-setup.js';
import type { SourceSetup } from '../domain/source-setup.js';
import { type Connection, paginate, type PageInput } from '../domain/page.js';
import type { Rollout } from '../domain/rollout.js';
import { type Act, deciderOf, overrideDecider } from './acts.js';
import { documentFields, newRollout } from './new-rollout.js';
import { type PresentedRollout, presentRollout } from './presented-rollout.js';
import { passesRolloutFilter, type RolloutFilter } from './rollout-filter.js';
import type {
  CreateRolloutInput,
  DeleteRolloutInput,
  OverrideGuardInput,
  RolloutActInput,
  UpdateRolloutInput,
} from '../schema.types.js';

type RolloutPayload = Payload<'rollout', PresentedRollout>;

@Resolver('Rollout')
export class RolloutsResolver {
  constructor(
    private readonly documents: DocumentService,
    private readonly changes: ChangeService,
    @Inject(SOURCE_SETUP) private readonly setup: SourceSetup,
  ) {}

  @Requires('viewer')
  @Query('rollout')
  rollout(
    @Args('environment') environment: string,
    @Args('key') key: string,
  ): Promise<PresentedRollout | null> {
    return this.documents.find(environment, 'rollout', key, presentRollout);
  }

  @Requires('viewer')
  @Query('rollouts')
  async rollouts(
    @Args('environment') environment: string,
    @Args('filter') filter: RolloutFilter | null,
    @Args() page: PageInput,
  ): Promise<Connection<PresentedRollout>> {
    const all = await this.documents.list(environment, 'rollout', presentRollout);
    return paginate(
      all.filter((rollout) => passesRolloutFilter(rollout, filter ?? {})),
      page,
    );
  }

  @Requires('editor')
  @Mutation('createRollout')
  createRollout(
    @CurrentCaller() caller: Caller,
    @Args('input') input: CreateRolloutInput,
  ): Promise<RolloutPayload> {
    return this.#payload(
      input,
      this.documents.create(caller, 'rollout', input, () => newRollout(newFields(input))),
    );
  }

  @Requires('editor')
  @Mutation('updateRollout')
  updateRollout(
    @CurrentCaller() caller: Caller,
    @Args('input') input: UpdateRolloutInput,
  ): Promise<RolloutPayload> {
    const edit = (rollout: Rollout): unknown => ({ ...rollout, ...documentFields(editedFields(input)) });
    return this.#payload(input, this.documents.edit(caller, 'rollout', input, edit));
  }

  @Requires('editor')
  @Mutation('deleteRollout')
  deleteRollout(
    @CurrentCaller() caller: Caller,
    @Args('input') input: DeleteRolloutInput,
  ): Promise<RolloutPayload> {
    return this.#payload(input, this.documents.delete(caller, 'rollout', input));
  }

  @Requires('editor')
  @Mutation('startRollout')
  startRollout(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('start', caller, input);
  }

  @Requires('editor')
  @Mutation('promoteRollout')
  promoteRollout(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('promote', caller, input);
  }

  @Requires('editor')
  @Mutation('pauseRollout')
  pauseRollout(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('pause', caller, input);
  }

  @Requires('editor')
  @Mutation('resumeRollout')
  resumeRollout(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('resume', caller, input);
  }

  @Requires('editor')
  @Mutation('abortRollout')
  abortRollout(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('abort', caller, input);
  }

  @Requires('editor')
  @Mutation('overrideGuard')
  overrideGuard(
    @CurrentCaller() caller: Caller,
    @Args('input') input: OverrideGuardInput,
  ): Promise<RolloutPayload> {
    return this.#payload(input, this.changes.write(caller, input, overrideDecider(input)));
  }

  #act(act: Act, caller: Caller, input: RolloutActInput): Promise<RolloutPayload> {
    return this.#payload(input, this.changes.write(caller, input, deciderOf(act, input, this.setup)));
  }

  #payload(input: DocumentWrite, writing: Promise<Outcome>): Promise<RolloutPayload> {
    return payloadOf('rollout', input, writing, presentRollout);
  }
}
