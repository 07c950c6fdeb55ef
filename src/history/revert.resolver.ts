import { Inject } from '@nestjs/common';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { authorize } from '../auth/authorize.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { actorOf } from '../auth/principal.js';
import { Requires } from '../auth/requires.js';
import { ChangeService } from '../changes/change.service.js';
import { type DiffPayload, diffPayloadOf } from '../changes/diff-payload.js';
import { foreignRoutes } from '../changes/foreign-routes.js';
import { SOURCE_SETUP } from '../changes/source-setup.js';
import type { Change } from '../domain/change.js';
import type { Ref } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { absentNow, planRevert, revertProposals } from '../domain/revert.js';
import type { SourceSetup } from '../domain/source-setup.js';
import { Store } from '../ports/store.js';
import type { RevertInput } from '../schema.types.js';
import { changeAt } from './log-range.js';

@Resolver()
export class RevertResolver {
  constructor(
    private readonly changes: ChangeService,
    private readonly store: Store,
    @Inject(SOURCE_SETUP) private readonly setup: SourceSetup,
  ) {}

  /** Settings need the role that setting them does. */
  @Requires('editor')
  @Mutation('revert')
  revert(@CurrentCaller() caller: Caller, @Args('input') input: RevertInput): Promise<DiffPayload> {
    const { environment } = input;
    return diffPayloadOf(
      this.changes.write(caller, input, async (image, now) => {
        const change = await changeAt(this.store, environment, input.revision);
        if (change.documents.some(({ kind }) => kind === 'settings'))
          authorize(caller, { role: 'admin', environment });
        const others = await foreignRoutes(this.store, image, revertProposals(image, change));
        const latest = await this.#latest(environment, image, change);
        const options = { now, actor: actorOf(caller), others, latest, setup: this.setup };
        return planRevert(image, change, options);
      }),
    );
  }

  /** Revision of the last change of each document of this change that is gone. */
  async #latest(environment: string, image: Image, change: Change): Promise<ReadonlyMap<Ref, number>> {
    const found = absentNow(image, change).map(async (document): Promise<[Ref, number]> => {
      for (let before: number | undefined; ;) {
        const query = { document, limit: 10, ...(before === undefined ? {} : { before }) };
        const { changes, more } = await this.store.history(environment, query);
        const last = changes.find(({ documents }) =>
          documents.some(({ kind, key }) => `${kind}/${key}` === document),
        );
        if (last !== undefined) return [document, last.revision];
        before = changes.at(-1)?.revision;
        if (!more || before === undefined) return [document, change.revision];
      }
    });
    return new Map(await Promise.all(found));
  }
}
