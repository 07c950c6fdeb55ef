import { Logger } from '@nestjs/common';
import type { Verdict } from '../domain/guard/judge.js';
import { keptRecord } from '../domain/rollout/latches.js';
import type { WatchedGuard } from '../domain/rollout/watched-guards.js';
import { trip } from '../domain/trip.js';
import type { Store } from '../ports/store.js';
import { isOvertaken } from './failure.js';
import { pause } from './pace.js';
import type { Term } from './term.js';

const ATTEMPTS = 8;
const WAIT = 25;

/** Closes what a breached guard watches: one commit, tried anew when somebody edited meanwhile. */
export class GuardTrip {
  readonly #log = new Logger(GuardTrip.name);

  constructor(
    private readonly store: Store,
    private readonly term: Term,
  ) {}

  /**
   * Writes the trip, with the evidence, in the guard's name. Does nothing when the run ended, or the record was written
   * by somebody else (a reset, a restart): the next look judges anew.
   */
  async close(watched: WatchedGuard, verdict: Verdict): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#commit(watched, verdict);
      } catch (error) {
        if (!isOvertaken(error) || attempt === ATTEMPTS || this.term.signal.aborted) throw error;
        await pause(WAIT * attempt, this.term.signal);
      }
    }
  }

  async #commit({ guard, subject, revision }: WatchedGuard, { record, evidence }: Verdict): Promise<void> {
    const { environment, lease } = this.term;
    const now = await this.store.now();
    const image = await this.store.image(environment);
    if (keptRecord(image, guard.key, subject).revision !== revision) return;
    const commit = trip(image, { guard: guard.key, subject, record, revision, evidence }, now);
    if (commit === null) return;
    await this.store.commit(environment, {
      ...commit,
      lease,
      actor: `guard:${guard.key}`,
      reason: evidence.words,
    });
    this.#log.error(`guard ${guard.key} tripped on ${subject} of ${environment}: ${evidence.words}`);
  }
}
