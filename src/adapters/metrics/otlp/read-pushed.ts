import type { Guard } from '../../../domain/guard.js';
import { pushedQueryOf, type PushedQuery } from '../../../domain/guard/pushed-query.js';
import { nothingNew } from '../../../domain/guard/nothing-new.js';
import type { ArmCounts, MetricReading, MetricWindow } from '../../../domain/guard/reading.js';
import { NOTHING_TO_READ, type Trouble } from '../../../domain/guard/trouble.js';
import { labelTrouble } from '../../../domain/guard/strata.js';
import { readSelector } from '../../../domain/metric-selector.js';
import { selectorFault, selectorTest } from '../../../domain/selector-test.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import type { ReceivedPoint } from '../../../ports/store.js';
import type { CutArms } from '../cut-sweep.js';
import { cutWindows } from '../cut-windows.js';
import { type ScrapeTarget, wasScrapedBy } from '../scrape-target.js';
import { absentPushed } from './absent-pushed.js';
import { pushedIncrements, type PushedIncrement } from './pushed-increments.js';
import { pushersOf, type PushedSeries, seriesOf } from './pushed-series.js';

/** Points that were pushed from `begins` (epoch ms) on. */
export interface Pushed {
  readonly points: readonly ReceivedPoint[];
  readonly begins: number;
}

/** Increments of one arm, for each selector. */
interface ArmIncrements {
  readonly bad: readonly PushedIncrement[];
  readonly total: readonly PushedIncrement[];
  readonly sum: readonly PushedIncrement[];
}

/** Windows of a guard's arms out of what was pushed, and for which selectors nothing was. Nothing that began before the request's `since` counts. */
export function readPushed(pushed: Pushed, request: MetricRequest): MetricReading {
  const query = pushedQueryOf(request.subject);
  const trouble = query === null ? NOTHING_TO_READ : unreadable(query);
  if (query === null || trouble !== null) return nothingNew(request.watermark, trouble);
  const { guard } = request.subject;
  return {
    ...windowsIn(pushed, request, query),
    absent: absentPushed(seriesOf(pushed.points), { guard, query }),
  };
}

/** Why a query can't be read, as one that was stored before its selectors were checked; null where it can. */
function unreadable({ bad, total, sum, buckets }: PushedQuery): Trouble | null {
  if (buckets === undefined && (total === undefined || (bad ?? sum) === undefined)) return NOTHING_TO_READ;
  for (const text of [bad, total, sum, buckets]) {
    const read = text === undefined ? null : readSelector(text);
    const words = read === null ? null : selectorFault(read);
    if (words !== null) return { code: 'NOT_READABLE', words };
  }
  return null;
}

function windowsIn(
  pushed: Pushed,
  { watermark, subject, since }: MetricRequest,
  query: PushedQuery,
): MetricReading {
  const pushers = pushersOf(pushed.points);
  const armed = new Arms(pushed, query, { pushers, since });
  const [fresh, control] = [armed.of(query.arm.new), armed.of(query.arm.control)];
  const ours = [...pushers].filter(([name]) => armed.pushers.has(name)).map(([, pusher]) => pusher);
  if (ours.length === 0) return nothingNew(watermark);

  const parts = strataOf(armed, subject.guard, query);
  if ('words' in parts) return nothingNew(watermark, parts);
  const begins = Math.max(watermark, pushed.begins);
  const cut = cutWindows(begins, ours, { new: fresh, control, ...parts });
  const windowLength = Math.max(...ours.map(({ interval }) => interval));
  if (cut.watermark === begins) return nothingNew(watermark, null, windowLength);
  const isLatency = subject.guard.kind === 'latency';
  const windows = cut.windows.map((window) => completed(window, fresh, { control, isLatency }));
  const told = windows.filter((window) => window !== null);
  if (told.length === 0 && windows.length > 0)
    return nothingNew(
      watermark,
      { code: 'BOUNDS_DIFFER', words: 'the histograms of both arms have different bounds' },
      windowLength,
    );
  const hadMore = ours.some((pusher) => wasScrapedBy(pusher, begins));
  return {
    windows: told,
    watermark: cut.watermark,
    unknown: null,
    lost: hadMore ? begins - watermark : 0,
    windowLength,
  };
}

/** Both arms by the values of the guard's label; nothing where it has none, or why that can't be: BAD_STRATA. */
function strataOf(armed: Arms, { strata }: Guard, { arm }: PushedQuery): Pick<CutArms, 'strata'> | Trouble {
  if (strata === null) return {};
  const { label } = strata;
  const values = armed.values(label);
  const tooMany = labelTrouble(strata, values);
  if (tooMany !== null) return tooMany;
  const of = (name: string, value: string): ArmIncrements => armed.of(name, { label, value });
  return {
    strata: values.map((value) => ({ value, new: of(arm.new, value), control: of(arm.control, value) })),
  };
}

/** A label and its value. */
interface Labelled {
  readonly label: string;
  readonly value: string;
}

/** Tells the series of a query apart by arm. */
class Arms {
  /** Names of those who pushed a total of either arm. */
  readonly pushers = new Set<string>();
  readonly #series: readonly PushedSeries[];

  constructor(
    private readonly pushed: Pushed,
    private readonly query: PushedQuery,
    private readonly by: { readonly pushers: ReadonlyMap<string, ScrapeTarget>; readonly since: number },
  ) {
    this.#series = seriesOf(pushed.points);
  }

  /** Of one arm; only the series whose label has a value, where one is given. */
  of(arm: string, stratum?: Labelled): ArmIncrements {
    const { bad, total, sum, buckets } = this.query;
    const within = (selector: string | undefined): readonly PushedSeries[] => {
      const selected = this.#selected(selector, arm);
      if (stratum === undefined) return selected;
      return selected.filter(([{ labels }]) => (labels[stratum.label] ?? '') === stratum.value);
    };
    const all = within(total ?? buckets);
    for (const [{ target }] of all) this.pushers.add(target);
    return {
      bad: this.#increments(within(bad)),
      total: this.#increments(all),
      sum: this.#increments(within(sum)),
    };
  }

  /** Values of a label in the totals of both arms, in order; empty for those without it. */
  values(label: string): string[] {
    const { total, buckets, arm } = this.query;
    const all = [arm.new, arm.control].flatMap((name) => this.#selected(total ?? buckets, name));
    return [...new Set(all.map(([{ labels }]) => labels[label] ?? ''))].sort();
  }

  #selected(selector: string | undefined, arm: string): readonly PushedSeries[] {
    const read = selector === undefined ? null : readSelector(selector);
    if (read === null) return [];
    const isSelected = selectorTest(read);
    return this.#series.filter(
      ([{ metric, labels }]) => labels[this.query.arm.label] === arm && isSelected(metric, labels),
    );
  }

  #increments(series: readonly PushedSeries[]): PushedIncrement[] {
    return series.flatMap((one) => {
      const pusher = this.by.pushers.get(one[0].target);
      if (pusher === undefined) return [];
      return pushedIncrements(one, pusher, this.pushed.begins).filter(({ start }) => start >= this.by.since);
    });
  }
}

/** A window with sums, and with buckets where those are judged; null where they can't be compared. */
function completed(
  window: MetricWindow,
  fresh: ArmIncrements,
  { control, isLatency }: { readonly control: ArmIncrements; readonly isLatency: boolean },
): MetricWindow | null {
  const inside = ({ at }: PushedIncrement): boolean => at > window.from && at <= window.to;
  const [ours, others] = [fresh.total.filter(inside), control.total.filter(inside)];
  const histograms = isLatency ? [...ours, ...others].filter(({ bounds }) => bounds !== undefined) : [];
  const bounds = histograms[0]?.bounds;
  if (histograms.some((one) => String(one.bounds) !== String(bounds))) return null;
  const armOf = (
    counts: ArmCounts | null,
    all: readonly PushedIncrement[],
    arm: ArmIncrements,
  ): ArmCounts | null =>
    counts && {
      ...counts,
      sum: sumOf(arm.sum.filter(inside)),
      ...(bounds === undefined ? {} : { buckets: bucketsOf(all, bounds.length + 1) }),
    };
  return {
    ...window,
    new: armOf(window.new, ours, fresh),
    control: armOf(window.control, others, control),
    ...(bounds === undefined ? {} : { bounds }),
  };
}

/** Undefined where one of them doesn't tell its sum. */
function sumOf(increments: readonly PushedIncrement[]): number | undefined {
  return increments.reduce<number | undefined>((all, { sum }) => plus(all, sum), 0);
}

function plus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

function bucketsOf(increments: readonly PushedIncrement[], length: number): number[] {
  return Array.from({ length }, (_, i) =>
    increments.reduce((sum, { buckets }) => sum + (buckets?.[i] ?? 0), 0),
  );
}
