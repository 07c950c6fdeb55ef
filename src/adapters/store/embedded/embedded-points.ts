import { COUNT_WINDOW, MOST_POINTS, type MetricPoint, type ReceivedPoint } from '../../../ports/store.js';
import { below, embeddedKeys } from './embedded-keys.js';
import type { Draft, EmbeddedDatabase } from './write-queue.js';

/** Keeps points of pushed metrics, and knows how many the present window of each scope holds. */
export class EmbeddedPoints {
  readonly #held = new Map<string, { readonly window: number; readonly count: number }>();

  /** Part of a write; false when the window is full. */
  add(draft: Draft, scope: string, points: readonly MetricPoint[], now: number): boolean {
    const window = Math.floor(now / COUNT_WINDOW);
    const known = this.#held.get(scope);
    const count = (known?.window === window ? known.count : 0) + points.length;
    if (count > MOST_POINTS) return false;
    this.#held.set(scope, { window, count });
    for (const point of points) {
      const key = embeddedKeys.point(scope, window, `${point.series} ${point.time}`);
      if (draft.get(key) === undefined) draft.put(key, { ...point, at: now } satisfies ReceivedPoint);
    }
    return true;
  }

  read(database: EmbeddedDatabase, scope: string, from: number, to: number): ReceivedPoint[] {
    const windows = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
    return windows.flatMap((window) =>
      [...database.getRange(below(scope, 'point', window))].map(({ value }) => value as ReceivedPoint),
    );
  }
}
