import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { actorOf, type Principal } from '../auth/principal.js';
import type { Ref } from '../domain/documents.js';
import { Documents } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { isMendable } from '../domain/mendable.js';
import type { Plan } from '../domain/plan.js';
import { Problem, type UserError, type Warning } from '../domain/problem.js';
import { Store } from '../ports/store.js';

/** What each mutation takes beside its own fields. */
export interface WriteInput {
  readonly environment: string;
  /** Why, in words for the history. */
  readonly reason: string;
  /** Revision of the document that the caller read; another one standing is STALE_REVISION. Omitted: whatever stands. */
  readonly expectedRevision?: number | null;
  /** Decides and answers, writes nothing. */
  readonly dryRun?: boolean | null;
  /** The same key with the same input within 24 h is written once. */
  readonly idempotencyKey?: string | null;
}

/** What a write came to. `documents` and `image` show the scope after it (or as it would be, in a dry run). */
export interface Outcome {
  readonly userErrors: readonly UserError[];
  readonly warnings: readonly Warning[];
  /** Revision of the change; null when nothing was written. */
  readonly revision: number | null;
  readonly documents: Documents;
  readonly image: Image;
}

/** Decides what to write on what stands. Called again on a fresh image when somebody else wrote in between. */
export type Decide = (image: Image, now: number) => Plan;

const ATTEMPTS = 8;

/** The one way from a mutation to the store: decide, commit, and say what became of it. */
@Injectable()
export class ChangeService {
  constructor(private readonly store: Store) {}

  /**
   * Decides on the present image and commits; when somebody else wrote in between, decides again (what the caller said
   * it had read is part of the decision). What the caller can mend comes back as `userErrors`; the rest is thrown.
   */
  async write(principal: Principal, input: WriteInput, decide: Decide): Promise<Outcome> {
    return this.writeScope(input.environment, principal, input, decide);
  }

  /** As `write`, on any scope; the registry is one. */
  async writeScope(scope: string, principal: Principal, input: WriteInput, decide: Decide): Promise<Outcome> {
    for (let attempt = 1; ; attempt += 1) {
      const image = await this.store.image(scope);
      const plan = attemptTo(decide, image, await this.store.now());
      if (plan.commit === null || input.dryRun === true) return planned(image, plan);
      try {
        return await this.#commit(scope, principal, input, image, plan);
      } catch (error) {
        const outcome = refused(image, plan, error);
        if (!isStale(error) || attempt === ATTEMPTS) return outcome;
      }
    }
  }

  async #commit(
    scope: string,
    principal: Principal,
    input: WriteInput,
    image: Image,
    plan: Plan,
  ): Promise<Outcome> {
    const commit = plan.commit as NonNullable<Plan['commit']>;
    const actor = actorOf(principal);
    const idle = commit.edits.length === 0 && commit.event === undefined && (commit.state ?? []).length === 0;
    if (idle) return planned(image, plan);
    const committed = await this.store.commit(scope, {
      ...commit,
      actor,
      reason: input.reason,
      ...(input.idempotencyKey
        ? { idempotency: { key: `${actor}:${input.idempotencyKey}`, input: digest(input) } }
        : {}),
    });
    const after = await this.store.image(scope);
    return {
      userErrors: [],
      warnings: plan.warnings,
      revision: committed.revision,
      documents: after.documents,
      image: after,
    };
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

function attemptTo(decide: Decide, image: Image, now: number): Plan {
  try {
    return decide(image, now);
  } catch (error) {
    if (error instanceof Problem && isMendable(error.code))
      return { errors: error.errors, warnings: [], commit: null };
    throw error;
  }
}

function planned(image: Image, plan: Plan): Outcome {
  return {
    userErrors: plan.errors,
    warnings: plan.warnings,
    revision: null,
    documents:
      plan.commit === null ? image.documents : image.documents.with(plan.commit.edits, image.revision),
    image,
  };
}

function refused(image: Image, plan: Plan, error: unknown): Outcome {
  if (!(error instanceof Problem) || !isMendable(error.code)) throw error;
  return {
    userErrors: error.errors,
    warnings: plan.warnings,
    revision: null,
    documents: image.documents,
    image,
  };
}

function isStale(error: unknown): boolean {
  return error instanceof Problem && error.code === 'STALE_REVISION';
}

function digest(input: object): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('hex');
}
