import { describe, expect, it } from '@jest/globals';
import { guardSchema } from '../guard.js';
import type { MetricWindow } from './reading.js';
import { usualOf } from './usual.js';

const SPAN = 300_000;
const guard = guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', margin: 1.2 });
const spanOf = (i: number, total: number): MetricWindow => ({
  from: i * SPAN,
  to: (i + 1) * SPAN,
  new: { bad: 0, total: total / 5 },
  control: { bad: total / 100, total: (total * 4) / 5 },
});
const usualIn = (rough: readonly MetricWindow[]) =>
  usualOf(guard, { rough, alike: { windows: [], windowLength: 5_000 } });

describe('what is usual', () => {
  it('leaves out the span in which a metric began, which looks like little traffic', () => {
    const usual = usualIn([spanOf(0, 600), spanOf(1, 15_000), spanOf(2, 15_000)]);
    expect(usual).toMatchObject({ perSecond: 50, badShare: expect.closeTo(0.0125) });
  });

  it('is not known by a metric that began a moment ago, nor without traffic in the control', () => {
    expect(usualIn([spanOf(0, 600)])).toBeNull();
    expect(usualIn([])).toBeNull();
    expect(usualIn([0, 1].map((i) => ({ ...spanOf(i, 600), control: null })))).toBeNull();
  });
});
