import { Logger } from '@nestjs/common';
import { actOnBlindness } from '../domain/blindness.js';
import type { VerdictEntry } from '../domain/change.js';
import { ref } from '../domain/documents.js';
import type { GuardRecord } from '../domain/guard/guard-record.js';
import type { Verdict } from '../domain/guard/judge.js';
import { type Image, stateKey } from '../domain/image.js';
import { type PlannedCommit, revisionsOf } from '../domain/rollout/act.js';
import { keptRecord } from '../domain/rollout/latches.js';
import { isSameJson } from '../domain/same-json.js';
import type { WatchedGuard } from '../domain/rollout/watched-guards.js';
import { type Breach, trip } from '../domain/trip.js';
import type { Store } from '../ports/store.js';
import { isOvertaken } from './failure.js';
import { pause } from './pace.js';
import type { Term } from './term.js';

/** What is written for a guard on one subject, whose record was read at a revision; null: nothing is left to do. */
type Decide = (
  image: Image,
  named: Pick<Breach, 'guard' | 'subject' | 'revision'>,
  now: number,
) => PlannedCommit | null;

const ATTEMPTS = 8;
const WAIT = 25;

/** Does what a guard does of itself, breached or blind: one commit, tried anew when somebody edited meanwhile. */
export class GuardTrip {
  readonly #log = new Logger(GuardTrip.name);

  constructor(
    private readonly store: Store,
    private readonly term: Term,
  ) {}

  /**
   * Writes the trip, with the evidence and what is kept of the verdict, in the guard's name. Does nothing when the run ended, the record was written
   * by somebody else (a reset, a restart), or the guard was edited since it was judged: the next look judges anew.
   */
  async close(watched: WatchedGuard, { record, evidence }: Verdict, verdict: VerdictEntry): Promise<void> {
    const decide: Decide = (image, named, now) => {
      const commit = trip(image, { ...named, record, evidence }, now);
      return commit && { ...commit, verdict };
    };
    if (await this.#write(watched, decide, evidence.words))
      this.#log.error(`${this.#names(watched)} tripped: ${evidence.words}`);
  }

  /** Writes a trip of a guard that only records, and what is kept of the verdict: no document, and nothing is told. Likewise not when it was edited. */
  async keep(watched: WatchedGuard, { record }: Verdict, verdict: VerdictEntry): Promise<void> {
    const decide: Decide = (image, { guard, subject, revision }) => ({
      edits: [],
      state: [{ key: stateKey.guard(guard, subject), value: record, expected: revision }],
      verdict,
      ...revisionsOf(image, [], [ref('guard', guard)]),
    });
    await this.#write(watched, decide, '');
  }

  /** Tells that the guard has not been able to judge for its patience, and does what it is to do then; likewise. */
  async actBlindly(watched: WatchedGuard, record: GuardRecord): Promise<void> {
    const words = `${record.state} for longer than ${watched.guard.patience} s`;
    const decide: Decide = (image, named, now) => actOnBlindness(image, { ...named, record }, now);
    if (await this.#write(watched, decide, words))
      this.#log.error(`${this.#names(watched)} is ${words}: ${record.trouble}`);
  }

  #names({ guard, subject }: WatchedGuard): string {
    return `guard ${guard.key} on ${subject} of ${this.term.environment}`;
  }

  async #write(watched: WatchedGuard, decide: Decide, reason: string): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#commit(watched, decide, reason);
      } catch (error) {
        if (!isOvertaken(error) || attempt === ATTEMPTS || this.term.signal.aborted) throw error;
        await pause(WAIT * attempt, this.term.signal);
      }
    }
  }

  async #commit(
    { guard, subject, revision }: WatchedGuard,
    decide: Decide,
    reason: string,
  ): Promise<boolean> {
    const { environment, lease } = this.term;
    const now = await this.store.now();
    const image = await this.store.image(environment);
    if (keptRecord(image, guard.key, subject).revision !== revision) return false;
    if (!isSameJson(image.documents.value('guard', guard.key), guard)) return false;
    const commit = decide(image, { guard: guard.key, subject, revision }, now);
    if (commit === null) return false;
    await this.store.commit(environment, { ...commit, lease, actor: `guard:${guard.key}`, reason });
    return true;
  }
}
