import { VALUE_BOUNDS } from '@tidegate/sdk/engine';
import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import { nothingNew } from '../../../domain/guard/nothing-new.js';
import type { ArmCounts, MetricReading, MetricWindow } from '../../../domain/guard/reading.js';
import { type TroubleCode, troubleIn } from '../../../domain/guard/trouble.js';
import { type Series, seriesName } from '../../../domain/series.js';
import { GRACE, REACH } from '../reach.js';
import { cohortReading, cohortSpan, NO_UNITS } from './cohorts.js';
import { valueCounts, valueNames } from './event-values.js';
import { type MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { type Count, COUNT_WINDOW, type Store } from '../../../ports/store.js';

type Counts = ReadonlyMap<string, Count>;

/** Series to add up for one arm. */
interface ArmSeries {
  readonly bad: readonly string[];
  readonly total: readonly string[];
  /** Of a mean, in place of both. */
  readonly values?: readonly Series[];
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Windows of 5 s out of the events that SDKs report, by the store's own clock. */
export class EventsMetricSource extends MetricSource {
  override readonly name = 'events';

  constructor(private readonly store: Pick<Store, 'readCounts' | 'readUnits'>) {
    super();
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    const environments = new Set(requests.map(({ subject }) => subject.environment));
    const answers = new Map<MetricRequest, MetricReading>();
    await Promise.all(
      [...environments].map(async (environment) => {
        const asked = requests.filter(
          ({ subject }) => subject.environment === environment && !ofUsers(subject),
        );
        const readings = await this.#readEnvironment(environment, asked, now);
        asked.forEach((request, i) => answers.set(request, readings[i] ?? unknown(request, 'not read')));
      }),
    );
    await Promise.all(
      requests
        .filter(({ subject }) => ofUsers(subject))
        .map(async (request) => answers.set(request, await this.#readUsers(request, now))),
    );
    return requests.map((request) => answers.get(request) ?? unknown(request, 'not read'));
  }

  async #readUsers(request: MetricRequest, now: number): Promise<MetricReading> {
    const { environment, units } = request.subject;
    if (units == null)
      return unknown(request, 'the rollout moves no flag whose users could be counted', 'NOT_READABLE');
    const span = cohortSpan(request, now);
    try {
      const counts =
        span.to < span.from ? NO_UNITS : await this.store.readUnits(environment, units, span.from, span.to);
      return cohortReading(request, span, counts);
    } catch (error) {
      return unknown(request, unread(error));
    }
  }

  async #readEnvironment(
    environment: string,
    requests: readonly MetricRequest[],
    now: number,
  ): Promise<MetricReading[]> {
    const spans = requests.map((request) => spanOf(request, now));
    const from = Math.min(...spans.map((span) => span.from));
    const to = Math.max(...spans.map((span) => span.to));
    const series = new Set(requests.flatMap(({ subject }) => bothArms(subject).flatMap(namesIn)));
    if (to < from || series.size === 0)
      return requests.map((request, i) => readingOf(request, spans[i], new Map()));
    try {
      const counts = await this.store.readCounts(environment, [...series], from, to);
      return requests.map((request, i) => readingOf(request, spans[i], counts));
    } catch (error) {
      return requests.map((request) => unknown(request, unread(error)));
    }
  }
}

function readingOf(
  request: MetricRequest,
  span: Span = { from: 0, to: -1 },
  counts: ReadonlyMap<number, Counts>,
): MetricReading {
  if (request.subject.guard.events === null)
    return unknown(request, 'the guard names no events', 'NOT_READABLE');
  const [fresh, control] = bothArms(request.subject);
  const windows: MetricWindow[] = [];
  for (let number = span.from; number <= span.to; number += 1) {
    const found = counts.get(number);
    if (found === undefined) continue;
    const arms = { new: armCounts(fresh, found), control: armCounts(control, found) };
    // What was counted then is that of others who were asked for as well.
    if (arms.new === null && arms.control === null) continue;
    windows.push({
      from: number * COUNT_WINDOW,
      to: (number + 1) * COUNT_WINDOW,
      ...arms,
      ...(request.subject.guard.kind === 'mean' && { bounds: VALUE_BOUNDS }),
    });
  }
  const begun = Math.max(request.watermark, request.since);
  return {
    windows,
    watermark: Math.max(request.watermark, (span.to + 1) * COUNT_WINDOW),
    unknown: null,
    lost: Math.max(0, span.from * COUNT_WINDOW - Math.ceil(begun / COUNT_WINDOW) * COUNT_WINDOW),
    windowLength: COUNT_WINDOW,
  };
}

/** Numbers of the first window that begins at or after the watermark and of the last one that is complete. */
function spanOf({ watermark, since }: MetricRequest, now: number): Span {
  const begun = Math.max(watermark, since, now - REACH);
  return { from: Math.ceil(begun / COUNT_WINDOW), to: Math.floor((now - GRACE) / COUNT_WINDOW) - 1 };
}

function bothArms({ guard, arms, rule, rules = [] }: GuardSubject): readonly [ArmSeries, ArmSeries] {
  const { events } = guard;
  const decided = rule === null ? [null, ...rules] : [rule];
  const of = (variant: string): ArmSeries => {
    if (events === null) return { bad: [], total: [] };
    const series = (event: string): Series[] =>
      decided.map((id) => ({ flag: events.flag, rule: id, variant, event }));
    if (guard.kind === 'mean') return { bad: [], total: [], values: series(events.bad) };
    return { bad: series(events.bad).map(seriesName), total: series(events.total).map(seriesName) };
  };
  return [of(arms.new), of(arms.control)];
}

function namesIn({ bad, total, values = [] }: ArmSeries): string[] {
  return [...bad, ...total, ...valueNames(values)];
}

/** null when nothing at all was counted: a version that died before it could report has no data, not none bad. */
function armCounts({ bad, total, values }: ArmSeries, found: Counts): ArmCounts | null {
  if (values !== undefined) return valueCounts(values, found);
  const sum = (names: readonly string[]): number =>
    names.reduce((all, name) => all + (found.get(name)?.count ?? 0), 0);
  const counts = { bad: sum(bad), total: sum(total) };
  return counts.bad === 0 && counts.total === 0 ? null : counts;
}

function ofUsers({ units }: GuardSubject): boolean {
  return units !== undefined;
}

function unread(error: unknown): string {
  return `the store's counts can't be read: ${troubleIn(error).words}`;
}

function unknown(
  { watermark }: MetricRequest,
  words: string,
  code: TroubleCode = 'UNREACHABLE',
): MetricReading {
  return nothingNew(watermark, { code, words }, COUNT_WINDOW);
}
