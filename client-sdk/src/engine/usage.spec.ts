import { describe, expect, it } from '@jest/globals';
import { failure, ResolutionTable } from './resolution-table.js';
import { Usage } from './usage.js';

const VARIANTS = { on: true, off: false };

describe('usage', () => {
  it('counts by flag, rule and variant, whatever the reason', () => {
    const usage = new Usage();
    const table = new ResolutionTable({ key: 'f', variants: VARIANTS });
    const split = table.of('r', 'on', 'SPLIT');
    for (let times = 0; times < 1_000; times++) usage.count('f', split);
    usage.count('f', table.of('r', 'on', 'DEFAULT'));
    usage.count('f', table.of(null, 'off', 'DEFAULT'));
    usage.count('f', table.of(null, null, 'DISABLED'));
    usage.count('g', new ResolutionTable({ key: 'g', variants: VARIANTS }).of(null, 'on', 'STATIC'));
    expect(usage.drain()).toEqual([
      { flag: 'f', rule: 'r', variant: 'on', count: 1_001 },
      { flag: 'f', rule: null, variant: 'off', count: 1 },
      { flag: 'f', rule: null, variant: null, count: 1 },
      { flag: 'g', rule: null, variant: 'on', count: 1 },
    ]);
  });

  it('starts anew after a drain', () => {
    const usage = new Usage();
    const resolution = new ResolutionTable({ key: 'f', variants: VARIANTS }).of(null, 'on', 'STATIC');
    usage.count('f', resolution);
    usage.drain();
    expect(usage.drain()).toEqual([]);
    usage.count('f', resolution);
    expect(usage.drain()).toMatchObject([{ count: 1 }]);
  });

  it('adds up over recompilation, though slots mean something else then', () => {
    const usage = new Usage();
    const before = new ResolutionTable({ key: 'f', variants: VARIANTS });
    const after = new ResolutionTable({ key: 'f', variants: VARIANTS });
    const [onBefore, offBefore] = [before.of(null, 'on', 'STATIC'), before.of('r', 'off', 'SPLIT')];
    const [offAfter, onAfter] = [after.of('r', 'off', 'SPLIT'), after.of(null, 'on', 'STATIC')];
    for (const resolution of [onBefore, offBefore, offAfter, onAfter, onAfter, onBefore])
      usage.count('f', resolution);
    expect(usage.drain()).toEqual(
      expect.arrayContaining([
        { flag: 'f', rule: null, variant: 'on', count: 4 },
        { flag: 'f', rule: 'r', variant: 'off', count: 2 },
      ]),
    );
  });

  it('makes room for many resolutions of one flag', () => {
    const usage = new Usage();
    const table = new ResolutionTable({ key: 'f', variants: VARIANTS });
    const resolutions = Array.from({ length: 500 }, (_, index) => table.of(`r${index}`, 'on', 'SPLIT'));
    for (const resolution of [...resolutions, ...[...resolutions].reverse()]) usage.count('f', resolution);
    const counts = usage.drain();
    expect(counts).toHaveLength(500);
    expect(counts.every(({ count }) => count === 2)).toBe(true);
  });

  it('forgets what was served no more, so that forms of flags long gone take no room', () => {
    const usage = new Usage();
    const table = new ResolutionTable({ key: 'f', variants: VARIANTS });
    const [before, after] = [table.of('before', 'on', 'SPLIT'), table.of('after', 'on', 'SPLIT')];
    usage.count('f', before);
    usage.drain();
    for (let times = 0; times < 3; times++) {
      usage.count('f', after);
      expect(usage.drain()).toEqual([{ flag: 'f', rule: 'after', variant: 'on', count: 1 }]);
    }
    usage.count('f', before);
    expect(usage.drain()).toEqual([{ flag: 'f', rule: 'before', variant: 'on', count: 1 }]);
  });

  it('is kept apart by each counter', () => {
    const [one, other] = [new Usage(), new Usage()];
    const resolution = new ResolutionTable({ key: 'f', variants: VARIANTS }).of(null, 'on', 'STATIC');
    for (const usage of [one, other, one]) usage.count('f', resolution);
    expect(one.drain()).toMatchObject([{ count: 2 }]);
    expect(other.drain()).toMatchObject([{ count: 1 }]);
  });

  it('leaves errors out', () => {
    const usage = new Usage();
    usage.count('f', failure('FLAG_NOT_FOUND', 'none'));
    expect(usage.drain()).toEqual([]);
  });
});
