import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { actorOf } from '../auth/principal.js';
import type { Change, DocumentChange, Idempotency, Recalled } from '../domain/change.js';
import { Documents, type Ref } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { isMendable } from '../domain/mendable.js';
import { documentChanges } from '../domain/net-changes.js';
import type { Plan } from '../domain/plan.js';
import { Problem, type UserError, type Warning } from '../domain/problem.js';
import { Store } from '../ports/store.js';
import { imageAfter, type Written } from './image-after.js';
import { requestDigest } from './request-digest.js';
import { writeFaults } from './write-faults.js';
import { writtenAt } from './written-at.js';

/** What each mutation takes beside its own fields. */
export interface WriteInput {
  readonly environment: string;
  /** Why, in words for the history. */
  readonly reason: string;
  /** Revision of the document that the caller read; another one standing is STALE_REVISION. Omitted: whatever stands. */
  readonly expectedRevision?: number | null;
  /** Decides and answers, writes nothing. */
  readonly dryRun?: boolean | null;
  /** The same key with the same input within 24 h is written once, and answered as the first time. */
  readonly idempotencyKey?: string | null;
}

/** What a write came to. `image` shows the environment after it (or as it would be, in a dry run). */
export interface Outcome {
  readonly userErrors: readonly UserError[];
  readonly warnings: readonly Warning[];
  /** Revision of the change; null when nothing was written. */
  readonly revision: number | null;
  readonly image: Image;
  /** What became, or would become, of each document written. */
  readonly documents: readonly DocumentChange[];
}

/** Decides what to write on what stands. Called again on a fresh image when somebody else wrote in between. */
export type Decide = (image: Image, now: number) => Plan;
/** Decides after it has looked at something else, too. */
export type LookAndDecide = (image: Image, now: number) => Promise<Plan>;

type Committing = NonNullable<Plan['commit']>;
/** What of an answer is kept with its idempotency key: the log has the documents. */
type Kept = Pick<Outcome, 'warnings'> & Pick<Written, 'state'>;

const ATTEMPTS = 8;

/** The one way from a mutation to the store: decide, commit, and say what became of it. */
@Injectable()
export class ChangeService {
  constructor(private readonly store: Store) {}

  /**
   * Decides on the present image and commits; when somebody else wrote in between, decides again (what the caller said
   * it had read is part of the decision). What was written before under the same idempotency key is answered again. What
   * the caller can mend comes back as `userErrors`; the rest is thrown.
   */
  async write(caller: Caller, input: WriteInput, decide: Decide | LookAndDecide): Promise<Outcome> {
    const faults = writeFaults(input);
    if (faults.length > 0) return refused(faults);
    try {
      return await this.#write(caller, input, decide);
    } catch (error) {
      if (error instanceof Problem && isMendable(error.code)) return refused(placed(error, input));
      throw error;
    }
  }

  async #write(caller: Caller, input: WriteInput, decide: Decide | LookAndDecide): Promise<Outcome> {
    const request = requestOf(caller, input);
    const known = await this.#recall(caller, input, request);
    if (known !== null) return known;
    for (let attempt = 1; ; attempt += 1) {
      const image = await this.store.image(input.environment);
      const plan = await decide(image, await this.store.now());
      if (plan.commit === null) {
        // Whoever sent the same at the same time may have been faster.
        return (await this.#recall(caller, input, request)) ?? { ...refused(plan.errors), image };
      }
      if (input.dryRun === true || isIdle(plan.commit)) return planned(image, plan.commit, plan.warnings);
      try {
        return await this.#commit(caller, input, request, { image, plan, commit: plan.commit });
      } catch (error) {
        if (!isStale(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #commit(
    caller: Caller,
    input: WriteInput,
    request: Idempotency | null,
    { image, plan, commit }: { readonly image: Image; readonly plan: Plan; readonly commit: Committing },
  ): Promise<Outcome> {
    const { warnings } = plan;
    const state = (commit.state ?? []).map(({ key, value }) => ({ key, value }));
    const kept: Kept = { warnings, state };
    const committed = await this.store.commit(input.environment, {
      ...commit,
      epoch: image.epoch,
      actor: actorOf(caller),
      reason: input.reason,
      ...(request === null ? {} : { idempotency: { ...request, answer: kept } }),
    });
    const { revision } = committed;
    const repeated = committed.repeated ? await this.#recall(caller, input, request) : null;
    if (repeated !== null) return repeated;
    const documents = documentChanges(image.documents, commit.edits);
    return { userErrors: [], warnings, revision, image: imageAfter(image, commit, revision), documents };
  }

  /** The answer that was given to this request before, or null. */
  async #recall(caller: Caller, input: WriteInput, request: Idempotency | null): Promise<Outcome | null> {
    if (request === null) return null;
    const known = await this.store.recall(input.environment, request);
    if (known === null) return null;
    const { revision } = known;
    const { warnings, state } = known.answer as Kept;
    const image = await this.store.image(input.environment);
    const change = await this.#changeOf(known, caller, input);
    const edits = change === null ? [] : await writtenAt(this.store, image, change);
    return {
      userErrors: [],
      warnings,
      revision,
      image: imageAfter(image, { edits, state }, revision),
      documents: change?.documents ?? [],
    };
  }

  /** The change that answered the request, or null where the log does not hold it any more. */
  async #changeOf({ revision }: Recalled, caller: Caller, input: WriteInput): Promise<Change | null> {
    const page = await this.store.history(input.environment, { before: revision + 1, limit: 1 });
    const [change] = page.changes;
    if (change?.revision !== revision || change.actor !== actorOf(caller) || change.reason !== input.reason)
      return null;
    return change;
  }
}

/** The `expected` option of a plan for the one document that a mutation names. */
export function expectedOf(
  document: Ref,
  input: Pick<WriteInput, 'expectedRevision'>,
): { readonly [ref: Ref]: number } {
  const revision = input.expectedRevision ?? null;
  return revision === null ? {} : { [document]: revision };
}

/** Keys are per token: nobody meets another one's. */
function requestOf(caller: Caller, input: WriteInput): Idempotency | null {
  if (input.idempotencyKey == null || input.dryRun === true) return null;
  const key = `${actorOf(caller)}:${input.idempotencyKey}`;
  return { key, input: requestDigest(caller.operation, input) };
}

function isIdle({ edits, event, state = [] }: Committing): boolean {
  return edits.length === 0 && event === undefined && state.length === 0;
}

function planned(image: Image, commit: Committing, warnings: readonly Warning[]): Outcome {
  const documents = documentChanges(image.documents, commit.edits);
  return {
    userErrors: [],
    warnings,
    revision: null,
    image: imageAfter(image, commit, image.revision),
    documents,
  };
}

function refused(userErrors: readonly UserError[]): Outcome {
  return { userErrors, warnings: [], revision: null, image: NOTHING, documents: [] };
}

const NOTHING: Image = { scope: '', epoch: '', revision: 0, documents: new Documents([]), states: new Map() };

/** The store knows no fields; that there is no such environment is about one. */
function placed(problem: Problem, { environment }: WriteInput): readonly UserError[] {
  if (problem.code !== 'NOT_FOUND' || problem.field !== undefined) return problem.errors;
  return [{ field: 'environment', message: `There is no environment "${environment}".`, code: 'NOT_FOUND' }];
}

function isStale(error: unknown): boolean {
  return error instanceof Problem && error.code === 'STALE_REVISION';
}
