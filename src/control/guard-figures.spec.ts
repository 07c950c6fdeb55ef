import { register } from 'prom-client';
import { describe, expect, it } from '@jest/globals';
import { guardOf, imageOf } from '../../test/support/image.js';
import type { MetricReading } from '../domain/guard/reading.js';
import { countReading, forgetReadings } from './guard-figures.js';

const NOTHING: MetricReading = { windows: [], watermark: 0, unknown: null, lost: 0, windowLength: 5_000 };
const UNKNOWN: MetricReading = { ...NOTHING, unknown: 'no answer' };

async function told(): Promise<string[]> {
  const { values } = (await register.getSingleMetric('tidegate_guard_readings_total')?.get()) ?? {
    values: [],
  };
  return values.map(({ labels: { environment, guard, outcome }, value }) =>
    [environment, guard, outcome, value].join(' '),
  );
}

describe('what is counted of the readings of guards', () => {
  it('goes with the guard, in its environment only, and with all of them where nobody says which there are', async () => {
    for (const environment of ['staging', 'production']) {
      for (const guard of ['kept', 'gone']) countReading(environment, guard, NOTHING);
    }
    countReading('staging', 'gone', UNKNOWN);
    const { documents } = imageOf(guardOf({ key: 'kept', source: 'webhook' }));
    forgetReadings('staging', documents);
    expect(await told()).toEqual([
      'staging kept nothing 1',
      'production kept nothing 1',
      'production gone nothing 1',
    ]);
    forgetReadings('production');
    countReading('staging', 'kept', NOTHING);
    expect(await told()).toEqual(['staging kept nothing 2']);
  });
});
