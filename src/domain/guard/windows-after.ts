import type { MetricWindow } from './reading.js';

/** Those of some windows that end after a watermark (epoch ms) and begin no sooner than the one before them ends: none counts twice. */
export function windowsAfter(windows: readonly MetricWindow[], watermark: number): MetricWindow[] {
  const found: MetricWindow[] = [];
  for (const window of windows) {
    const end = found.at(-1)?.to ?? -Infinity;
    if (window.to > watermark && window.from >= end && window.to > end) found.push(window);
  }
  return found;
}
