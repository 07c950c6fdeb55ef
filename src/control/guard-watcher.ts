import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { VerdictEntry } from '../domain/change.js';
import { absenceWarnings } from '../domain/guard/absence-words.js';
import type { GuardRecord } from '../domain/guard/guard-record.js';
import { judge, type Judgement, type Verdict } from '../domain/guard/judge.js';
import { wantsEarlier } from '../domain/guard/kinds/all.js';
import { isPatienceOver, withPatience } from '../domain/guard/patience.js';
import { basisOf, settleRecord } from '../domain/guard/record.js';
import { letsGoAgain, namingItsEntry, verdictEntry } from '../domain/guard/kept-verdict.js';
import type { MetricReading } from '../domain/guard/reading.js';
import { scattered, wantsScatter } from '../domain/guard/scatter.js';
import { needsReading } from '../domain/guard/situation.js';
import { stateKey } from '../domain/image.js';
import { attribute, excused } from '../domain/rollout/attribution.js';
import { type WatchedGuard, watchedGuards } from '../domain/rollout/watched-guards.js';
import type { MetricSource } from '../ports/metric-source.js';
import { Store } from '../ports/store.js';
import { describeFailure, isOvertaken, warningOf } from './failure.js';
import { countReading, forgetReadings } from './guard-figures.js';
import { GuardTrip } from './guard-trip.js';
import { MetricSources } from './metric-sources.js';
import { paced } from './pace.js';
import type { Duty, Term } from './term.js';

const TICK = 1_000;
/** Guards that are judged between two steps of a trip: less than a millisecond of them. */
const AT_A_TIME = 10;
/** Nothing of it is in the log: no document is written, and nothing is told. */
const SILENT = { edits: [], expected: {}, actor: '', reason: '' } as const;

/** What a look at one guard came to. */
interface Judged {
  readonly watched: WatchedGuard;
  readonly judgement: Judgement;
  readonly verdict: Verdict;
}

/**
 * Judges every guard in use once a second, or as soon as its source expects something new; each source by itself: one that hangs
 * holds up no guard of another.
 */
@Injectable()
export class GuardWatcher implements Duty {
  readonly name = 'guard-watcher';
  readonly #log = new Logger(GuardWatcher.name);

  constructor(
    private readonly store: Store,
    private readonly sources: MetricSources,
  ) {}

  async run(term: Term): Promise<void> {
    const told = warningOf(this.#log, term.environment);
    const loops = this.sources
      .all()
      .map((source) => paced(TICK, term.signal, () => this.#look(term, source), told));
    await Promise.all(loops);
    for (const source of this.sources.all()) source.forget(term.environment);
    forgetReadings(term.environment);
  }

  /** How long to wait before the next look, ms. */
  async #look(term: Term, source: MetricSource): Promise<number> {
    if (!this.store.available(term.environment)) return TICK;
    const image = await this.store.image(term.environment);
    forgetReadings(term.environment, image.documents);
    if (!image.documents.list('guard').some(({ value }) => source.serves(value))) {
      source.forget(term.environment);
      return TICK;
    }
    const now = await this.store.now();
    const begun = performance.now();
    const watched = watchedGuards(image, now).filter(({ guard }) => source.serves(guard));
    const settled = watched.map((one) => ({
      ...one,
      settled: settleRecord(one.record, basisOf(one.guard, one.reads), now),
    }));
    const asking = settled.filter(({ guard, situation }) => needsReading(guard, situation));
    if (asking.length === 0) source.forget(term.environment);
    const readings = await source.read(
      asking.map(({ guard, reads, settled: record }) => ({
        subject: reads,
        watermark: record.watermark,
        since: record.madeAt,
        wantsEarlier: wantsEarlier(guard, record),
        wantsScatter: wantsScatter(guard, record),
      })),
      now,
    );
    const readingOf = new Map(asking.map((one, i) => [one, readings[i] ?? null]));
    const others = await this.#close(
      term,
      settled.map((one) => () => this.#judge(term, one, readingOf.get(one) ?? null)),
    );
    await Promise.all(others.map((one) => this.#settle(term, one)));
    return source.nextLook(now + performance.now() - begun, TICK);
  }

  /**
   * Judges one guard after the other, and what does not trip is given back. A trip is several steps with the store: it goes before what
   * is only written down, and its steps are not to wait until hundreds of other guards are judged.
   */
  async #close(term: Term, looks: readonly (() => Judged[])[]): Promise<Judged[]> {
    const trips: Promise<void>[] = [];
    const others: Judged[] = [];
    for (const [i, look] of looks.entries()) {
      for (const one of look()) {
        if (one.verdict.decision === 'trip') trips.push(this.#settle(term, one));
        else others.push(one);
      }
      if (trips.length > 0 && i % AT_A_TIME === 0) await setImmediate();
    }
    await Promise.all(trips);
    return others;
  }

  /** What a look at one guard comes to; nothing where that fails, which is told. */
  #judge(
    term: Term,
    { settled, ...watched }: WatchedGuard & { readonly settled: WatchedGuard['record'] },
    reading: MetricReading | null,
  ): Judged[] {
    const { guard, situation } = watched;
    try {
      if (reading !== null) countReading(term.environment, guard.key, reading);
      const judgement = { guard: scattered(guard, settled), record: settled, reading, situation };
      return [{ watched, judgement, verdict: judge(judgement) }];
    } catch (error) {
      this.#tell(watched, error);
      return [];
    }
  }

  async #settle(term: Term, one: Judged): Promise<void> {
    const { watched, judgement, verdict } = one;
    const { guard, situation, exposed } = watched;
    if (term.signal.aborted) return;
    try {
      const { now } = situation;
      const record = withPatience(verdict.record, { now, exposed });
      if (verdict.decision === 'trip') return await this.#breach(term, one);
      if (guard.action !== 'none' && isPatienceOver(guard, record, now))
        return await new GuardTrip(this.store, term).actBlindly(watched, record);
      const goes = letsGoAgain(judgement, verdict, watched.subject);
      await this.#keep(
        term,
        watched,
        record,
        goes ? verdictEntry(judgement, verdict, watched.subject) : null,
      );
      this.#warn(watched, judgement.record, record);
    } catch (error) {
      this.#tell(watched, error);
    }
  }

  /** Once, when it first holds: a guard that counts nothing bad is `ok`, and nobody looks at its record. */
  #warn({ guard, subject }: WatchedGuard, before: GuardRecord, after: GuardRecord): void {
    if (before === after || absenceWarnings(guard, before).length > 0) return;
    for (const { message } of absenceWarnings(guard, after))
      this.#log.warn(`guard ${guard.key} on ${subject}: ${message}`);
  }

  #tell({ guard, subject }: WatchedGuard, error: unknown): void {
    if (!isOvertaken(error)) this.#log.warn(`guard ${guard.key} on ${subject}: ${describeFailure(error)}`);
  }

  /** Closes, unless a flag on the same pods is to blame, or may be: then nothing is kept, and the next look finds the same breach. */
  async #breach(term: Term, { watched, judgement, verdict }: Judged): Promise<void> {
    const { guard, subject } = watched;
    const now = guard.asks === null ? judgement.situation.now : await this.store.now();
    const found = attribute(await this.store.image(term.environment), watched, verdict.record, now);
    if (found === 'unclear') return;
    if (found === 'flag') {
      await this.#keep(term, watched, excused(verdict.record, guard, now));
      return this.#log.warn(`guard ${guard.key} on ${subject} begins anew: ${guard.asks} found a bad flag`);
    }
    const tripped = namingItsEntry(verdict);
    const entry = verdictEntry(judgement, verdict, subject);
    const act = new GuardTrip(this.store, term);
    if (guard.action === 'none') await act.keep(watched, tripped, entry);
    else await act.close(watched, tripped, entry);
  }

  /** Writes the record down, and with it the verdict that it is from where that decided something. */
  async #keep(
    { environment, lease }: Term,
    { guard, subject, record: before, revision }: WatchedGuard,
    record: GuardRecord,
    verdict: VerdictEntry | null = null,
  ): Promise<void> {
    if (record === before && revision > 0 && verdict === null) return;
    const edit = { key: stateKey.guard(guard.key, subject), value: record, expected: revision };
    if (verdict === null) await this.store.writeState(environment, edit, lease);
    else await this.store.commit(environment, { ...SILENT, state: [edit], verdict, lease });
  }
}
