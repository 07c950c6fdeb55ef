import type { ArmCounts, MetricWindow, Stratum } from './reading.js';

/** Two windows in a row as one. */
export function mergeWindows(first: MetricWindow, next: MetricWindow): MetricWindow {
  const bounds = next.bounds ?? first.bounds;
  return {
    from: first.from,
    to: next.to,
    new: add(first.new, next.new),
    control: add(first.control, next.control),
    ...(bounds && { bounds }),
    ...((first.strata ?? next.strata) && { strata: mergeStrata(first.strata ?? [], next.strata ?? []) }),
  };
}

function mergeStrata(first: readonly Stratum[], next: readonly Stratum[]): Stratum[] {
  const kept = first.map((one) => {
    const other = next.find(({ value }) => value === one.value);
    return {
      value: one.value,
      new: add(one.new, other?.new ?? null),
      control: add(one.control, other?.control ?? null),
    };
  });
  return [...kept, ...next.filter(({ value }) => !first.some((one) => one.value === value))];
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
