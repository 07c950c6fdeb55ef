import { describe, expect, it } from '@jest/globals';
import { guardSchema } from '../../../domain/guard.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { COUNT_WINDOW, type Store } from '../../../ports/store.js';
import { OtlpMetricSource } from './otlp-metric-source.js';

/** The end of a window. */
const NOW = 1_000_000 * COUNT_WINDOW;
const MINUTE = 60_000;

/** A store without points, which notes from which window on it was asked for them, as minutes before now. */
class Asked implements Pick<Store, 'readPoints'> {
  readonly back: number[] = [];

  readPoints(_environment: string, from: number): ReturnType<Store['readPoints']> {
    this.back.push((NOW - from * COUNT_WINDOW) / MINUTE);
    return Promise.resolve([]);
  }
}

function request(environment: string): MetricRequest {
  const guard = guardSchema.parse({ key: 'g', source: 'otlp', template: 'httpServer', margin: 2 });
  const arms = { new: 'v2', control: 'v1' };
  return { subject: { environment, guard, arms, route: null, rule: null }, watermark: NOW, since: 0 };
}

describe('the source of pushed metrics', () => {
  it('reads a window that is over once, and no more before than its guards need', async () => {
    const store = new Asked();
    const source = new OtlpMetricSource(store);
    await source.read([request('production')], NOW);
    await source.read([request('production'), request('production')], NOW + COUNT_WINDOW);
    expect(store.back).toEqual([4, COUNT_WINDOW / MINUTE]);
  });

  it('keeps the windows of an environment apart from those of others, and none once it is forgotten', async () => {
    const store = new Asked();
    const source = new OtlpMetricSource(store);
    await source.read([request('production'), request('staging')], NOW);
    source.forget('production');
    await source.read([request('production'), request('staging')], NOW);
    expect(store.back).toEqual([4, 4, 4, COUNT_WINDOW / MINUTE]);
  });
});
