import { Logger } from '@nestjs/common';
import { isBinding } from '../domain/guard.js';
import { type Judgement, letsGo, type Verdict } from '../domain/guard/judge.js';
import { keptVerdict } from '../domain/guard/kept-verdict.js';
import type { WatchedGuard } from '../domain/rollout/watched-guards.js';
import type { Store } from '../ports/store.js';
import { describeFailure } from './failure.js';

/** Keeps what verdicts were decided on, so that they can be replayed. A store that fails at it stands in no trip's way. */
export class VerdictKeeper {
  readonly #log = new Logger(VerdictKeeper.name);

  constructor(
    private readonly store: Store,
    private readonly environment: string,
  ) {}

  /** The verdict of a trip, with the id of what is kept of it as `verdict` in the evidence. */
  async trip(judgement: Judgement, verdict: Verdict, subject: string): Promise<Verdict> {
    const id = await this.#keep(judgement, verdict, subject);
    if (id === null) return verdict;
    const evidence = { ...verdict.evidence, verdict: id };
    const { trip } = verdict.record;
    return { ...verdict, evidence, record: { ...verdict.record, trip: trip && { ...trip, evidence } } };
  }

  /** Keeps the verdict where it is the first to let a rollout's step go on again. */
  async go(
    judgement: Judgement,
    verdict: Verdict,
    { guard, subject }: Pick<WatchedGuard, 'guard' | 'subject'>,
  ): Promise<void> {
    if (verdict.decision !== 'go' || !subject.startsWith('rollout/') || !isBinding(guard)) return;
    if (letsGo(judgement.record, judgement.situation)) return;
    await this.#keep(judgement, verdict, subject);
  }

  async #keep(judgement: Judgement, verdict: Verdict, subject: string): Promise<string | null> {
    try {
      const kept = keptVerdict(judgement, verdict, subject);
      return await this.store.keepVerdict(this.environment, judgement.guard.key, kept);
    } catch (error) {
      this.#log.warn(
        `what guard ${judgement.guard.key} decided on ${subject} is not kept: ${describeFailure(error)}`,
      );
      return null;
    }
  }
}
