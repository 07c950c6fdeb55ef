import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binomial, judgeWindows, windowAt } from '../../../../test/support/judging.js';
import type { ArmCounts, MetricWindow } from '../reading.js';
import { countFor, seeded } from '../seeded-counts.js';

const BOUNDS = [50, 100, 250, 500];
const USUAL = [200, 400, 300, 80, 20];
const guard = { kind: 'latency', margin: 1.1, phi: 1 } as const;
const earlier = { bounds: BOUNDS, control: USUAL };

function armOf(buckets: readonly number[]): ArmCounts {
  return { bad: 0, total: buckets.reduce((sum, count) => sum + count, 0), buckets };
}

function windowOf(i: number, fresh: readonly number[], control: readonly number[] = USUAL): MetricWindow {
  return windowAt(i, armOf(fresh), armOf(control), BOUNDS);
}

const SAME = [10, 20, 15, 4, 1];
const SLOWER = [5, 10, 15, 15, 5];

describe('a latency guard', () => {
  it('watches the bounds that the hour before says can tell something, and judges the first window', () => {
    const { record, state } = judgeWindows([windowOf(0, SAME)], { guard, reading: { earlier } });
    expect(record.memory).toMatchObject({
      kind: 'latency',
      watched: [{ bound: 50 }, { bound: 100 }, { bound: 250 }, { bound: 500 }],
    });
    expect(record.windows).toBe(1);
    expect(state).toBe('ok');
  });

  it('chooses from the first requests of the control where there is no hour before, and judges none of them', () => {
    const few = [10, 20, 15, 4, 1];
    const first = judgeWindows([windowOf(0, SLOWER, few), windowOf(1, SLOWER, few)], { guard });
    expect(first.state).toBe('warming');
    expect(first.record.trouble).toBe('the control has had fewer than 200 requests to choose bounds from');
    const then = judgeWindows([windowOf(2, SLOWER, few), windowOf(3, SLOWER, few)], {
      guard,
      record: first.record,
    });
    expect(then.record).toMatchObject({ windows: 0, spent: 0, logE: null });
    expect(then.record.memory).toMatchObject({
      watched: [{ bound: 50 }, { bound: 100 }, { bound: 250 }, { bound: 500 }],
    });
    const judged = judgeWindows([windowOf(4, SAME)], { guard, record: then.record });
    expect(judged.record.windows).toBe(1);
  });

  it('watches the bounds that it names', () => {
    const named = { ...guard, latency: { bounds: [250] } };
    const { record } = judgeWindows([windowOf(0, SAME)], { guard: named, reading: { earlier } });
    expect(record.memory).toMatchObject({ watched: [{ bound: 250, tail: expect.closeTo(0.1, 2) }] });
  });

  it('says at which bound how much more of the requests were slow', () => {
    const verdict = judgeWindows([windowOf(0, SLOWER)], { guard, reading: { earlier } });
    expect(verdict.decision).toBe('trip');
    expect(verdict.evidence.words).toBe(
      'requests above 250 ms 4.0× control (40 % against 10 %, odds 6,900:1)',
    );
    const seconds = { bounds: BOUNDS.map((bound) => bound / 1_000), control: USUAL };
    const query = {
      buckets: 'http_request_duration_seconds_bucket',
      arm: { label: 'v', new: 'v2', control: 'v1' },
    };
    const window = { ...windowOf(0, SLOWER), bounds: seconds.bounds };
    const other = judgeWindows([window], {
      guard: { ...guard, template: null, query },
      reading: { earlier: seconds },
    });
    expect(other.evidence.words).toContain('requests above 0.25 s 4.0× control');
  });

  it('goes on as healthy with the same distribution, and forgives what the margin allows', () => {
    const windows = Array.from({ length: 40 }, (_, i) => windowOf(i, SAME));
    const { record, state } = judgeWindows(windows, { guard, reading: { earlier } });
    expect(state).toBe('ok');
    expect(record.logE).toBeLessThan(0);
  });

  it('is blind where a bound that it watches is gone, and goes on where only others are', () => {
    const { record } = judgeWindows([windowOf(0, SAME)], {
      guard: { ...guard, latency: { bounds: [250] } },
      reading: { earlier },
    });
    const named = { guard: { ...guard, latency: { bounds: [250] } }, record };
    const others = windowAt(1, armOf([20, 20, 4, 6]), armOf([400, 500, 80, 20]), [75, 250, 500]);
    expect(judgeWindows([others], named)).toMatchObject({ state: 'ok', record: { windows: 2 } });
    const gone = windowAt(1, armOf([20, 20, 10]), armOf([400, 500, 100]), [75, 300]);
    const blind = judgeWindows([gone], named);
    expect(blind).toMatchObject({ state: 'blind', record: { windows: 1, watermark: record.watermark } });
    expect(blind.record.trouble).toBe(
      'the histogram has no bound at 250 ms, and this guard watches it: its bounds are 75, 300',
    );
  });

  it.each([
    ['others', [50, 100, 250, 500, 1_000], [200, 400, 300, 60, 20, 20]],
    ['the old and the new', [50, 75, 100, 200, 250, 500], [200, 0, 400, 0, 300, 80, 20]],
    ['fewer', [50, 100, 250], [200, 400, 300, 100]],
  ])(
    'chooses from the first requests of the control where the hour before had bounds that are gone: %s',
    (_, bounds, control) => {
      const reading = { earlier: { bounds, control } };
      const first = judgeWindows([windowOf(0, SAME)], { guard, reading });
      expect(first).toMatchObject({ state: 'warming', record: { windows: 0, watermark: 5_000 } });
      expect(first.record.memory).toMatchObject({ watched: BOUNDS.map((bound) => ({ bound })) });
      const next = judgeWindows([windowOf(1, SLOWER)], { guard, record: first.record });
      expect(next.decision).toBe('trip');
    },
  );

  it('waits for the first window to see whether its bounds are those of the hour before', () => {
    const none = judgeWindows([], { guard, reading: { earlier } });
    expect(none.record).toMatchObject({ state: 'warming', memory: null });
  });

  it('begins its choice anew where the bounds change while it is open', () => {
    const [few, many] = [
      [10, 20, 15, 4, 1],
      [100, 60, 40],
    ];
    const old = judgeWindows([windowOf(0, SAME, few)], { guard });
    const changed = (i: number): MetricWindow => windowAt(i, armOf([5, 5, 5]), armOf(many), [100, 1_000]);
    const { record } = judgeWindows([changed(1)], { guard, record: old.record });
    expect(record).toMatchObject({ watermark: 10_000, windows: 0 });
    expect(record.memory).toMatchObject({
      watched: [
        { bound: 100, tail: 0.5 },
        { bound: 1_000, tail: 0.2 },
      ],
    });
    expect(judgeWindows([changed(2)], { guard, record })).toMatchObject({
      state: 'ok',
      record: { windows: 1 },
    });
  });

  it('says why it can tell nothing of a control that is slower than the histogram reaches', () => {
    const slow = [0, 0, 0, 0, 1_000];
    const { record, state } = judgeWindows([windowOf(0, SAME, slow)], { guard });
    expect(state).toBe('warming');
    expect(record.trouble).toBe('nearly all requests of the control are above the last bound, 500 ms');
  });
});

describe('evidence of latency', () => {
  const share = fc.double({ min: 0.02, max: 0.98, noNaN: true });

  it('of a first window is worth at most its mass on average while no bound has a larger share above it', () => {
    fc.assert(
      fc.property(share, share, fc.double({ min: 0, max: 1, noNaN: true }), (one, two, less) => {
        // Two bounds; above the second lies a part of what lies above the first.
        const [bounds, n, m] = [[100, 250], 5, 6];
        const usual = [1_000 * (1 - one), 1_000 * one * (1 - two), 1_000 * one * two];
        const reading = { earlier: { bounds, control: usual } };
        let total = 0;
        for (const [x, px] of multinomial(n, [1 - one * less, one * less * (1 - two), one * less * two])) {
          for (const [y, py] of multinomial(m, [1 - one, one * (1 - two), one * two])) {
            const window = windowAt(0, armOf(x), armOf(y), bounds);
            const { logE } = judgeWindows([window], { guard: { ...guard, margin: 1, alpha: 1e-9 }, reading });
            total += px * py * Math.exp(logE ?? -Infinity);
          }
        }
        expect(total).toBeLessThanOrEqual(0.7 + 1e-6);
      }),
      { numRuns: 8 },
    );
  });

  it('closes a healthy version no more often than alpha says, and one half as slow again within a minute', () => {
    const trips = (seed: number, fresh: readonly number[]): number | undefined => {
      const random = seeded(seed);
      const drawn = (of: readonly number[], times: number): number[] =>
        of.map((mean) => countFor(mean * times, random));
      let record = undefined;
      for (let i = 0; i < 60; i += 1) {
        const window = windowOf(i, drawn(fresh, 0.025), drawn(USUAL, 0.475));
        const given = { guard: { ...guard, margin: 1 }, horizon: 300_000, reading: { earlier } };
        const verdict = judgeWindows([window], { ...given, ...(record && { record }) });
        if (verdict.decision === 'trip') return i + 1;
        ({ record } = verdict);
      }
      return undefined;
    };
    const seeds = Array.from({ length: 200 }, (_, i) => 5 + i);
    // 1 % of 200 is 2; 8 and more has a chance of 0.1 % there.
    expect(seeds.filter((seed) => trips(seed, USUAL) !== undefined).length).toBeLessThanOrEqual(7);
    const slower = seeds.slice(0, 60).map((seed) => trips(seed, [100, 300, 350, 200, 50]) ?? Infinity);
    expect(slower.sort((a, b) => a - b)[30]).toBeLessThanOrEqual(12);
  });
});

/** All ways in which n fall into three buckets, each with its probability. */
function multinomial(n: number, [p, q, r]: readonly [number, number, number]): [number[], number][] {
  return binomial(n, p).flatMap((chance, a) =>
    binomial(n - a, q === 0 ? 0 : q / (q + r)).map((other, b): [number[], number] => [
      [a, b, n - a - b],
      chance * other,
    ]),
  );
}
