import { describe, expect, it } from '@jest/globals';
import type { MetricWindow } from './reading.js';
import { NO_LIMIT, winsorised } from './winsorised.js';

const bounds = [1, 10, 100];

function windowOf(
  control: readonly number[],
  fresh: readonly number[] = control,
  sums = [0, 0, 0, 0],
): MetricWindow {
  const arm = (buckets: readonly number[]) => ({
    bad: 0,
    total: buckets.reduce((all, count) => all + count, 0),
    sum: sums.reduce((all, sum) => all + sum, 0),
    buckets,
    sums,
  });
  return { from: 0, to: 5, new: arm(fresh), control: arm(control), bounds };
}

describe('winsorised values', () => {
  it('are no evidence until the limit is fixed by the first thousand of the control', () => {
    const first = winsorised(windowOf([0, 500, 0, 0], [0, 0, 0, 900]), NO_LIMIT);
    expect(first).toEqual({ window: null, known: { control: [0, 500, 0, 0], limit: null } });
    const second = winsorised(windowOf([0, 499, 1, 0]), first.known);
    expect(second).toEqual({ window: null, known: { control: [], limit: 10 } });
  });

  it.each([
    ['the bound above 99.9 % of them', [0, 998, 2, 0], 100],
    ['the last bound where more lie above', [0, 500, 0, 500], 100],
    ['the least where all do', [1_000, 0, 0, 0], 1],
  ])('have as limit %s', (_, control, limit) => {
    expect(winsorised(windowOf(control), NO_LIMIT).known.limit).toBe(limit);
  });

  it('count above the limit as the limit, below it as they are, and tell of no buckets any more', () => {
    const known = { control: [], limit: 10 };
    const { window } = winsorised(windowOf([5, 4, 3, 2], [1, 1, 1, 1], [2, 20, 150, 9_000]), known);
    expect(window).toEqual({
      from: 0,
      to: 5,
      new: { bad: 0, total: 4, sum: 2 + 20 + 10 + 10 },
      control: { bad: 0, total: 14, sum: 2 + 20 + 30 + 20 },
    });
  });

  it('stay as they are where the source tells only their sum', () => {
    const { bounds: _, ...window } = windowOf([1, 1, 1, 1]);
    expect(winsorised(window, NO_LIMIT)).toEqual({ window, known: NO_LIMIT });
  });

  it('leave an arm without data without data', () => {
    const window = { ...windowOf([1, 1, 1, 1]), new: null };
    expect(winsorised(window, { control: [], limit: 10 }).window?.new).toBeNull();
  });
});
