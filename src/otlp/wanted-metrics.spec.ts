import { describe, expect, it } from '@jest/globals';
import { Documents, type Stored } from '../domain/documents.js';
import { guardSchema } from '../domain/guard.js';
import { WantedMetrics } from './wanted-metrics.js';

const ARM = { label: 'version', new: 'v2', control: 'v1' };

function stored(key: string, bad: string): Stored {
  const value = guardSchema.parse({
    key,
    source: 'otlp',
    query: { bad, total: key, arm: ARM },
    margin: 2,
  });
  return { kind: 'guard', key, value, revision: 1 };
}

describe('the metrics that guards want', () => {
  it('are told though one guard names a pattern that is none', () => {
    const wanted = new WantedMetrics(
      new Documents([stored('odd', '{code=~"("}'), stored('orders', 'failed')]),
    );
    const has = (metric: string): boolean => wanted.has(metric, { code: '(' });
    expect(['odd', 'orders', 'failed', 'other'].map(has)).toEqual([true, true, true, false]);
  });
});
