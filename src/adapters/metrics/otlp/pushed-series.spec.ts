import { describe, expect, it } from '@jest/globals';
import type { ReceivedPoint } from '../../../ports/store.js';
import { pushersOf, seriesOf } from './pushed-series.js';

function pointAt(at: number, series: string): ReceivedPoint {
  const place = { target: 'pod', series, metric: 'orders', labels: {} };
  return { ...place, start: 0, time: at, at, isDelta: false, value: 1 };
}

describe('what was pushed', () => {
  const points = [pointAt(10_000, 'b'), pointAt(5_000, 'a'), pointAt(10_000, 'a')];

  it('is sorted by series once, however many guards read it', () => {
    expect(seriesOf(points).map((one) => one.map(({ series, at }) => `${series} ${at}`))).toEqual([
      ['b 10000'],
      ['a 5000', 'a 10000'],
    ]);
    expect(pushersOf(points).get('pod')).toMatchObject({ scrapes: [5_000, 10_000], interval: 5_000 });
    expect(seriesOf(points)).toBe(seriesOf(points));
    expect(pushersOf(points)).toBe(pushersOf(points));
    expect(seriesOf([...points])).not.toBe(seriesOf(points));
  });
});
