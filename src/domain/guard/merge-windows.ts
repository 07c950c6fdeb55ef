import type { ArmCounts, MetricWindow } from './reading.js';

/** Two windows in a row as one. */
export function mergeWindows(first: MetricWindow, next: MetricWindow): MetricWindow {
  const bounds = next.bounds ?? first.bounds;
  return {
    from: first.from,
    to: next.to,
    new: add(first.new, next.new),
    control: add(first.control, next.control),
    ...(bounds && { bounds }),
  };
}

function add(a: ArmCounts | null, b: ArmCounts | null): ArmCounts | null {
  if (a === null || b === null) return a ?? b;
  return {
    bad: a.bad + b.bad,
    total: a.total + b.total,
    ...((a.sum ?? b.sum) !== undefined && { sum: (a.sum ?? 0) + (b.sum ?? 0) }),
    ...(b.buckets && { buckets: b.buckets.map((count, i) => count + (a.buckets?.[i] ?? 0)) }),
  };
}
