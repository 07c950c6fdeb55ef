import type { ReceivedPoint } from '../../../ports/store.js';
import { type ScrapeTarget, targetsAt } from '../scrape-target.js';

/** One series: its points in the order in which the sender made them, each once. */
export type PushedSeries = readonly [ReceivedPoint, ...ReceivedPoint[]];

/** What comes from one sender within this time was one push, in several requests or through several replicas, ms. */
const ONE_PUSH = 500;

type Points = readonly ReceivedPoint[];

/** Worked out once for all guards that are told the same points, which never change. */
const series = new WeakMap<Points, readonly PushedSeries[]>();
const pushers = new WeakMap<Points, ReadonlyMap<string, ScrapeTarget>>();

/** Points by series. Of a point that came again, because an answer was lost, the first one stands. */
export function seriesOf(points: Points): readonly PushedSeries[] {
  const found = series.get(points) ?? sorted(points);
  series.set(points, found);
  return found;
}

/** Who pushed, and when: their pushes are what scrapes are to Prometheus, by our clock. */
export function pushersOf(points: Points): ReadonlyMap<string, ScrapeTarget> {
  const found = pushers.get(points) ?? pushing(points);
  pushers.set(points, found);
  return found;
}

function sorted(points: Points): PushedSeries[] {
  const found = new Map<string, Map<number, ReceivedPoint>>();
  for (const point of points) {
    const times = found.get(point.series) ?? new Map<number, ReceivedPoint>();
    const known = times.get(point.time);
    if (known === undefined || point.at < known.at) times.set(point.time, point);
    found.set(point.series, times);
  }
  return [...found.values()].flatMap((times) => {
    const [first, ...others] = [...times.values()].toSorted((a, b) => a.time - b.time);
    return first === undefined ? [] : [[first, ...others] as const];
  });
}

function pushing(points: Points): Map<string, ScrapeTarget> {
  const times = new Map<string, Set<number>>();
  for (const { target, at } of points) times.set(target, (times.get(target) ?? new Set<number>()).add(at));
  return targetsAt(new Map([...times].map(([target, all]) => [target, pushes(all)])));
}

/** The last moment of each push. */
function pushes(times: ReadonlySet<number>): Set<number> {
  const inOrder = [...times].toSorted((a, b) => a - b);
  return new Set(inOrder.filter((time, i) => (inOrder[i + 1] ?? Infinity) - time > ONE_PUSH));
}
