import { Inject } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { authorize } from '../auth/authorize.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { actorOf } from '../auth/principal.js';
import { Requires } from '../auth/requires.js';
import { planChange } from '../domain/plan-change.js';
import type { SourceSetup } from '../domain/source-setup.js';
import { Store } from '../ports/store.js';
import type { ApplyChangesInput } from '../schema.types.js';
import { ChangeService, type Outcome } from './change.service.js';
import { foreignRoutes } from './foreign-routes.js';
import { SOURCE_SETUP } from './source-setup.js';
import { expectedRevisions, inInput, listFaults, proposalsOf } from './proposals.js';

@Resolver()
export class ChangesResolver {
  constructor(
    private readonly changes: ChangeService,
    private readonly store: Store,
    @Inject(SOURCE_SETUP) private readonly setup: SourceSetup,
  ) {}

  @Requires('viewer')
  @Query('revision')
  async revision(@Args('environment') environment: string): Promise<number> {
    return (await this.store.image(environment)).revision;
  }

  /** Settings say who vouches for users and who is told: theirs is the role that `setIdentity`, `setVisitors` and `setWebhooks` need. */
  @Requires('editor')
  @Mutation('applyChanges')
  async applyChanges(
    @CurrentCaller() caller: Caller,
    @Args('input') input: ApplyChangesInput,
  ): Promise<Outcome> {
    const { environment, changes } = input;
    if (changes.some(({ kind }) => kind === 'settings')) authorize(caller, { role: 'admin', environment });
    const expected = expectedRevisions(changes);
    return this.changes.write(caller, input, async (image, now) => {
      const errors = listFaults(changes);
      if (errors.length > 0) return { errors, warnings: [], commit: null };
      const proposals = proposalsOf(image, changes);
      const others = await foreignRoutes(this.store, image, proposals);
      const actor = actorOf(caller);
      const plan = planChange(image, proposals, { now, actor, expected, others, setup: this.setup });
      return { ...plan, errors: plan.errors.map(inInput) };
    });
  }
}
