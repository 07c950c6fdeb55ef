import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentPrincipal } from '../auth/current-principal.js';
import type { Principal } from '../auth/principal.js';
import { Requires } from '../auth/requires.js';
import { ChangeService, type Outcome } from '../changes/change.service.js';
import { DocumentService, type DocumentWrite } from '../changes/document.service.js';
import { documentFields } from '../changes/fields.js';
import { type Payload, payloadOf } from '../changes/payload.js';
import { type Connection, paginate, type PageInput } from '../domain/page.js';
import type { Rollout } from '../domain/rollout.js';
import { type Act, ACTS } from './acts.js';
import { newRollout } from './new-rollout.js';
import { type PresentedRollout, presentRollout } from './presented-rollout.js';
import { passesRolloutFilter, type RolloutFilter } from './rollout-filter.js';
import type {
  CreateRolloutInput,
  DeleteRolloutInput,
  RolloutActInput,
  UpdateRolloutInput,
} from '../schema.types.js';

type RolloutPayload = Payload<'rollout', PresentedRollout>;

@Resolver('Rollout')
export class RolloutsResolver {
  constructor(
    private readonly documents: DocumentService,
    private readonly changes: ChangeService,
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
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CreateRolloutInput,
  ): Promise<RolloutPayload> {
    return this.#payload(
      input,
      this.documents.create(principal, 'rollout', input, () => newRollout(input.key, documentFields(input))),
    );
  }

  @Requires('editor')
  @Mutation('updateRollout')
  updateRollout(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: UpdateRolloutInput,
  ): Promise<RolloutPayload> {
    const edit = (rollout: Rollout): unknown => ({ ...rollout, ...documentFields(input) });
    return this.#payload(input, this.documents.edit(principal, 'rollout', input, edit));
  }

  @Requires('editor')
  @Mutation('deleteRollout')
  deleteRollout(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: DeleteRolloutInput,
  ): Promise<RolloutPayload> {
    return this.#payload(input, this.documents.delete(principal, 'rollout', input));
  }

  @Requires('editor')
  @Mutation('startRollout')
  startRollout(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('start', principal, input);
  }

  @Requires('editor')
  @Mutation('promoteRollout')
  promoteRollout(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('promote', principal, input);
  }

  @Requires('editor')
  @Mutation('pauseRollout')
  pauseRollout(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('pause', principal, input);
  }

  @Requires('editor')
  @Mutation('resumeRollout')
  resumeRollout(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('resume', principal, input);
  }

  @Requires('editor')
  @Mutation('abortRollout')
  abortRollout(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: RolloutActInput,
  ): Promise<RolloutPayload> {
    return this.#act('abort', principal, input);
  }

  #act(act: Act, principal: Principal, input: RolloutActInput): Promise<RolloutPayload> {
    const named = {
      rollout: input.key,
      ...(input.expectedPosition ? { expectedPosition: input.expectedPosition } : {}),
    };
    return this.#payload(
      input,
      this.changes.write(principal, input, (image, now) => ACTS[act](image, named, now)),
    );
  }

  #payload(input: DocumentWrite, writing: Promise<Outcome>): Promise<RolloutPayload> {
    return payloadOf('rollout', input, writing, presentRollout);
  }
}
