import { Inject } from '@nestjs/common';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { actorOf } from '../auth/principal.js';
import { RequiresIn } from '../auth/requires.js';
import { ChangeService } from '../changes/change.service.js';
import { type DiffPayload, diffPayloadOf } from '../changes/diff-payload.js';
import { foreignRoutes } from '../changes/foreign-routes.js';
import { SOURCE_SETUP } from '../changes/source-setup.js';
import { ref } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { NetChanges } from '../domain/net-changes.js';
import { type Plan, refuse } from '../domain/plan.js';
import { Problem } from '../domain/problem.js';
import { type Chosen, planPromotion, promotionProposals } from '../domain/promotion.js';
import type { SourceSetup } from '../domain/source-setup.js';
import { Store } from '../ports/store.js';
import type { PromoteChangesInput } from '../schema.types.js';
import { changesBetween } from './log-range.js';

const MOST_DOCUMENTS = 500;

@Resolver()
export class PromotionResolver {
  constructor(
    private readonly changes: ChangeService,
    private readonly store: Store,
    @Inject(SOURCE_SETUP) private readonly setup: SourceSetup,
  ) {}

  @RequiresIn({ from: 'viewer', to: 'editor' })
  @Mutation('promoteChanges')
  promoteChanges(
    @CurrentCaller() caller: Caller,
    @Args('input') input: PromoteChangesInput,
  ): Promise<DiffPayload> {
    const written = { ...input, environment: input.to };
    return diffPayloadOf(
      this.changes.write(caller, written, (image, now) => this.#plan(caller, input, image, now)),
    );
  }

  async #plan(caller: Caller, input: PromoteChangesInput, target: Image, now: number): Promise<Plan> {
    checkInput(input);
    const source = await this.store.image(input.from);
    const chosen = input.since == null ? chosenOf(input) : await this.#since(source, input.since);
    if (chosen.length > MOST_DOCUMENTS) throw tooMany(chosen.length);
    const asked = {
      withNeeded: input.withNeeded === true,
      switches: input.switches === true,
      ...(input.expectedRevision == null ? {} : { revision: input.expectedRevision }),
    };
    const read = promotionProposals(source, target, chosen, asked);
    if ('errors' in read) return refuse(read.errors);
    const others = await foreignRoutes(this.store, target, read.proposals);
    const expected = expectedOf(input);
    const options = { now, actor: actorOf(caller), others, expected, setup: this.setup, ...asked };
    return planPromotion(source, target, chosen, options);
  }

  /** What was written in the source since then and is there; what is gone is left alone in the target. */
  async #since(source: Image, since: number): Promise<Chosen[]> {
    if (since < 0 || since > source.revision)
      throw new Problem('INVALID_INPUT', `Give a revision from 0 to ${source.revision}.`, { field: 'since' });
    const net = new NetChanges();
    const range = { from: since, to: source.revision };
    for await (const change of changesBetween(this.store, source.scope, range)) net.takeEarlier(change);
    return net
      .diffs()
      .filter(({ kind, after }) => kind !== 'settings' && after !== null)
      .map(({ kind, key }) => ({ kind, key, field: 'since' }));
  }
}

function checkInput({ from, to, documents, since }: PromoteChangesInput): void {
  if (from === to) throw new Problem('INVALID_INPUT', 'Name two environments.', { field: 'to' });
  if ((documents == null) === (since == null))
    throw new Problem('INVALID_INPUT', 'Give exactly one of documents and since.', { field: 'documents' });
}

function chosenOf({ documents }: PromoteChangesInput): Chosen[] {
  return (documents ?? []).map(({ kind, key }, index) => ({ kind, key, field: `documents.${index}` }));
}

function expectedOf({ documents }: PromoteChangesInput): { readonly [name: string]: number } {
  return Object.fromEntries(
    (documents ?? []).flatMap(({ kind, key, expectedRevision }) =>
      expectedRevision == null ? [] : [[ref(kind, key), expectedRevision]],
    ),
  );
}

function tooMany(count: number): Problem {
  const message = `${count} documents; at most ${MOST_DOCUMENTS} at once.`;
  return new Problem('TOO_LARGE', message, { field: 'documents' });
}
