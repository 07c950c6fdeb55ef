import type { Absence } from '../../../domain/guard/absence.js';
import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import { isRelative } from '../../../domain/guard-kind.js';
import type { Guard } from '../../../domain/guard.js';
import { badIn, type MetricReading, type MetricWindow } from '../../../domain/guard/reading.js';
import type { MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { dropUnwanted } from '../unwanted.js';
import { absentSeries } from './absent-series.js';
import { LookOut } from './look-out.js';
import type { PrometheusClient } from './prometheus-client.js';

/** A guard that has had no data for so long is looked after, ms: a new version has its first scrapes in that time. */
const SILENT_FOR = 15_000;
/** How often it is looked after then, and one that has data and has not seen anything bad, ms. */
const EVERY = { silent: 30_000, flawless: 600_000 } as const;

/** What is known of one guard on one subject; times are the store's, epoch ms. */
interface Known {
  readonly guard: Guard;
  readonly arms: string;
  wantedAt: number;
  /** When it had data last, or was seen first. */
  dataAt: number;
  isFlawed: boolean;
  askedAt: number;
  absent: readonly Absence[] | undefined;
}

/**
 * A source on Prometheus whose readings tell as well which selectors have no series, for guards that get no data or have never seen anything
 * bad. It asks for one guard at a time, seldom, and holds up no reading: what it finds is part of a later one.
 */
export class SeriesLookOut extends LookOut {
  readonly #known = new Map<string, Known>();
  #isAsking = false;

  constructor(
    source: MetricSource,
    private readonly client: Pick<PrometheusClient, 'values'>,
  ) {
    super(source);
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    const readings = await this.source.read(requests, now);
    const looked = requests.map(({ subject }, i) => this.#look(subject, readings[i], now));
    dropUnwanted(this.#known, now);
    this.#askNext(
      requests.map(({ subject }, i) => ({ subject, known: looked[i], reading: readings[i] })),
      now,
    );
    return readings.map((reading, i) => {
      const absent = looked[i]?.absent;
      return absent === undefined ? reading : { ...reading, absent };
    });
  }

  #look(subject: GuardSubject, reading: MetricReading | undefined, now: number): Known {
    const known = this.#knownOf(subject, now);
    known.wantedAt = now;
    for (const window of reading?.windows ?? []) {
      if (hasData(window, known.guard)) {
        known.dataAt = now;
        // What was missing is there by now.
        known.absent = known.absent?.filter(({ selector }) => selector === 'bad');
      }
      known.isFlawed ||= badIn(window.new) || badIn(window.control);
    }
    return known;
  }

  /** Another guard, or other arms, are looked after anew. */
  #knownOf(subject: GuardSubject, now: number): Known {
    const { environment, guard, on = '' } = subject;
    const name = `${environment} ${guard.key} ${on}`;
    const fresh = begun(subject, now);
    const before = this.#known.get(name);
    const known = before?.guard === guard && before.arms === fresh.arms ? before : fresh;
    this.#known.set(name, known);
    return known;
  }

  /** Asks for the one whose turn it is; a server that does not answer is not asked more. */
  #askNext(
    looked: readonly {
      subject: GuardSubject;
      known: Known | undefined;
      reading: MetricReading | undefined;
    }[],
    now: number,
  ): void {
    if (this.#isAsking) return;
    const due = looked.filter(
      ({ known, reading }) => reading?.unknown === null && known && isDue(known, now),
    );
    const next = due.find(({ known }) => known && isSilent(known, now)) ?? due[0];
    if (next?.known === undefined) return;
    this.#isAsking = true;
    next.known.askedAt = now;
    void this.#ask(next.subject, next.known);
  }

  async #ask(subject: GuardSubject, known: Known): Promise<void> {
    try {
      known.absent = await absentSeries(this.client, subject);
    } catch {
      // The readings say what is wrong with the server.
    } finally {
      this.#isAsking = false;
    }
  }
}

function begun({ guard, arms }: GuardSubject, now: number): Known {
  return {
    guard,
    arms: `${arms.new} ${arms.control}`,
    wantedAt: now,
    dataAt: now,
    isFlawed: false,
    askedAt: -Infinity,
    absent: undefined,
  };
}

/** Whether it has had no data lately, or lacked series that it needs when it was looked after last. */
function isSilent({ dataAt, absent }: Known, now: number): boolean {
  return now - dataAt > SILENT_FOR || absent?.some(({ selector }) => selector !== 'bad') === true;
}

/** A query that a person wrote is looked after at once: it may hold a typo. */
function isDue(known: Known, now: number): boolean {
  const { guard, askedAt, isFlawed } = known;
  if (isSilent(known, now)) return now - askedAt > EVERY.silent;
  if (askedAt === -Infinity) return guard.query !== null;
  return guard.query?.bad !== undefined && !isFlawed && now - askedAt > EVERY.flawless;
}

function hasData({ new: fresh, control }: MetricWindow, guard: Guard): boolean {
  if (fresh === null) return false;
  return !isRelative(guard) || control !== null;
}
