import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { togetherLogE } from '../../../test/support/judging.js';
import { accumulate, RATIO_GRID } from './accumulate.js';
import { bernLlr } from './bern-llr.js';
import { burnRate } from './burn-rate.js';
import { falseDiscoveryReport } from './false-discovery-report.js';
import { dispersionOf } from './dispersion.js';
import { meanHalfWidth, normalMixLogE } from './mean-evidence.js';
import { addMeanWindow, meanOf, NO_MEAN_SUMS } from './mean-sums.js';
import { poissonAbsLlr } from './poisson-abs-llr.js';
import { addRatioWindow, ratioRange, type RatioLikelihood } from './ratio-range.js';
import { sampleRatioLogE } from './sample-ratio.js';
import { shareRange } from './share-range.js';
import { type PairedCounts, splitLlr } from './split-llr.js';
import { averageLogE, ODDS_WEIGHTS, slowCounts, tailLlrs } from './tail-evidence.js';

type Four = readonly [number, number, number, number];
interface Run {
  readonly windows: readonly Four[];
  readonly masses: readonly number[];
  readonly r0: number;
  readonly phi: number;
}
interface Latency {
  readonly v: readonly number[];
  readonly c: readonly number[];
  readonly tails: readonly [number, number][];
}

/** The formulas by the names that the vectors give them. */
const FORMULAS = {
  splitLlr: ([a, b, c, d, ratio, margin]: readonly [...Four, number, number]) =>
    splitLlr(paired([a, b, c, d]), ratio, margin),
  poissonAbsLlr: ([x, n, p0, p1]: Four) => poissonAbsLlr(x, n, p0, p1),
  accumulate: ({ windows, masses, r0, phi }: Run) => {
    let logs: readonly (number | null)[] = [];
    return windows.map((window, i) => {
      const llrs = RATIO_GRID.map((step) => splitLlr(paired(window), r0 * step, r0));
      const evidence = accumulate(logs, llrs, { mass: masses[i] ?? 0, phi });
      logs = evidence.logs;
      return evidence.logE;
    });
  },
  bernLlr: ([a, b, c, d, tail, odds, margin]: readonly [...Four, number, number, number]) => {
    const { nearest, llr } = bernLlr(paired([a, b, c, d]), { tail, odds, margin });
    return [nearest, llr];
  },
  latencyWindow: ({ v, c, tails }: Latency) => {
    const logs = tails.map(
      ([index, tail]) =>
        accumulate([], tailLlrs(slowCounts(v, c, index), tail, 1), {
          mass: 1,
          phi: 1,
          weights: ODDS_WEIGHTS,
        }).logE,
    );
    return [logs, averageLogE(logs)];
  },
  ratioCs: ({ windows, alpha }: { windows: readonly Four[]; alpha: number }) => {
    const likelihood = windows.reduce<RatioLikelihood>((sum, w) => addRatioWindow(sum, paired(w)), []);
    const range = ratioRange(likelihood, alpha);
    return [range?.low, range?.high];
  },
  betaBinCs: ([count, total, alpha]: readonly [number, number, number]) => {
    const { low, high } = shareRange(count, total, alpha);
    return [low, high];
  },
  stratMean: (windows: readonly Four[]) => {
    const sums = windows
      .map(([newCount, newMean, controlCount, controlMean]) => ({
        newCount,
        newMean,
        controlCount,
        controlMean,
      }))
      .reduce(addMeanWindow, NO_MEAN_SUMS);
    const found = meanOf(sums);
    return [found?.delta, found?.error];
  },
  normalMixLogE: ([z, information, scale]: readonly [number, number, number]) =>
    normalMixLogE(z, information, scale),
  asympCsHalfWidth: ([error, scale, alpha]: readonly [number, number, number]) =>
    meanHalfWidth(error, scale, { alpha }),
  burnRate: ([bad, total, slo]: readonly [number, number, number]) => burnRate(bad, total, slo),
  srmLogE: ([counts, shares, k]: readonly [number[], number[], number]) => sampleRatioLogE(counts, shares, k),
  weightedLogE: ([logs, weights]: readonly [number[], number[]]) => togetherLogE(logs, weights),
  ebh: ([values, alpha]: readonly [number[], number]) => falseDiscoveryReport(values, alpha),
  dispersion: (windows: readonly Four[]) => dispersionOf(windows.map(paired)),
};

interface Vector {
  readonly fn: keyof typeof FORMULAS;
  readonly args: never;
  readonly out: unknown;
}

const vectors = JSON.parse(readFileSync('test/vectors/guards.json', 'utf8')) as Vector[];

function paired([newBad, newTotal, controlBad, controlTotal]: Four): PairedCounts {
  return { newBad, newTotal, controlBad, controlTotal };
}

describe('the shared vectors of the guard formulas', () => {
  it.each(vectors.map((vector) => [`${vector.fn} ${JSON.stringify(vector.args)}`, vector] as const))(
    '%s',
    (_, { fn, args, out }) => {
      const expected = [out].flat(3) as number[];
      const answers = [FORMULAS[fn](args)].flat(3) as number[];
      expect(answers).toHaveLength(expected.length);
      answers.forEach((answer, i) => {
        const wanted = expected[i] ?? Number.NaN;
        expect(Math.abs(answer - wanted)).toBeLessThanOrEqual(1e-8 * Math.abs(wanted));
      });
    },
  );

  it('are all there', () => {
    expect(vectors).toHaveLength(58);
    expect(new Set(vectors.map(({ fn }) => fn))).toEqual(new Set(Object.keys(FORMULAS)));
  });
});
