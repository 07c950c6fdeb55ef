import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { accumulate, RATIO_GRID } from './accumulate.js';
import { poissonAbsLlr } from './poisson-abs-llr.js';
import { type PairedCounts, splitLlr } from './split-llr.js';

type Numbers = [number, number, number, number, number, number];
interface Run {
  readonly windows: readonly [number, number, number, number][];
  readonly masses: readonly number[];
  readonly r0: number;
  readonly phi: number;
}
type Vector =
  | { readonly fn: 'splitLlr' | 'poissonAbsLlr'; readonly args: Numbers; readonly out: number }
  | { readonly fn: 'accumulate'; readonly args: Run; readonly out: readonly number[] };

const vectors = JSON.parse(readFileSync('test/vectors/guards.json', 'utf8')) as Vector[];

function paired([newBad, newTotal, controlBad, controlTotal]: readonly number[]): PairedCounts {
  return {
    newBad: newBad ?? 0,
    newTotal: newTotal ?? 0,
    controlBad: controlBad ?? 0,
    controlTotal: controlTotal ?? 0,
  };
}

function answersOf(vector: Vector): readonly number[] {
  if (vector.fn === 'accumulate') return evidenceOf(vector.args);
  const [a, b, c, d, ratio, margin] = vector.args;
  if (vector.fn === 'poissonAbsLlr') return [poissonAbsLlr(a, b, c, d)];
  return [splitLlr(paired([a, b, c, d]), ratio, margin)];
}

function evidenceOf({ windows, masses, r0, phi }: Run): number[] {
  let logs: readonly (number | null)[] = [];
  return windows.map((window, i) => {
    const llrs = RATIO_GRID.map((step) => splitLlr(paired(window), r0 * step, r0));
    const evidence = accumulate(logs, llrs, { mass: masses[i] ?? 0, phi });
    logs = evidence.logs;
    return evidence.logE ?? Number.NaN;
  });
}

describe('the shared vectors of the guard formulas', () => {
  it.each(vectors.map((vector) => [`${vector.fn} ${JSON.stringify(vector.args)}`, vector] as const))(
    '%s',
    (_, vector) => {
      const expected = [vector.out].flat();
      const answers = answersOf(vector);
      expect(answers).toHaveLength(expected.length);
      answers.forEach((answer, i) => expect(Math.abs(answer / (expected[i] ?? 0) - 1)).toBeLessThan(1e-8));
    },
  );

  it('are all there', () => {
    const count = (fn: Vector['fn']): number => vectors.filter((vector) => vector.fn === fn).length;
    expect([count('splitLlr'), count('accumulate'), count('poissonAbsLlr')]).toEqual([12, 4, 3]);
  });
});
