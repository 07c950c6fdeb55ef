import { describe, expect, it } from '@jest/globals';
import { type Guard, type GuardInput, guardSchema } from '../guard.js';
import { presentForm } from '../stored-form.js';
import { judge } from './judge.js';
import type { MetricReading } from './reading.js';
import { freshRecord } from './record.js';
import { type Scatter, scattered, wantsScatter } from './scatter.js';
import { standingSituation } from '../rollout/situation.js';

const NOW = 1_000_000;
const BURSTS: Scatter = { phi: 9.5, reason: null };

function guardOf(fields: Partial<GuardInput> = {}): Guard {
  return guardSchema.parse({
    key: 'errors',
    source: 'prometheus',
    template: 'envoy',
    margin: 1.2,
    ...fields,
  });
}

describe('whether history is asked for the phi of a guard', () => {
  it.each<[string, Partial<GuardInput>, boolean]>([
    ['of which nothing was said', {}, true],
    ['of latency', { kind: 'latency' }, true],
    ['of drops', { kind: 'drop', margin: 0.9 }, true],
    ['of which a phi was said', { phi: 1 }, false],
    ['of which a phi was said, and history too', { phi: 1, phiFromHistory: true }, true],
    ['that wants none', { phiFromHistory: false }, false],
    ['of a mean, which is judged by its own scatter', { kind: 'mean' }, false],
    ['of a budget, which knows no odds', { kind: 'burn' }, false],
    ['whose source keeps no history', { source: 'otlp', template: 'httpServer' }, false],
  ])('%s', (_, fields, expected) => {
    expect(wantsScatter(guardOf(fields), freshRecord(1, NOW))).toBe(expected);
  });

  it('once in each record, and not of what was stored before there was this', () => {
    const record = { ...freshRecord(1, NOW), scatter: { phi: null, reason: 'too little' } };
    expect(wantsScatter(guardOf(), record)).toBe(false);
    expect(presentForm('guard', { key: 'errors', phi: 2 })).toMatchObject({ phiFromHistory: false });
  });
});

describe('what history says', () => {
  it.each<[string, Partial<GuardInput>, Scatter | undefined, number]>([
    ['raises phi', {}, BURSTS, 9.5],
    ['never lowers it', {}, { phi: 1.3, reason: null }, 2],
    ['changes nothing where it is too little', {}, { phi: null, reason: 'too little' }, 2],
    ['changes nothing before it is there', {}, undefined, 2],
    ['changes no phi that was said', { phi: 1 }, BURSTS, 1],
  ])('%s', (_, fields, scatter, phi) => {
    expect(scattered(guardOf(fields), { scatter }).phi).toBe(phi);
  });

  it('is kept when it comes, with or without windows, and stays', () => {
    const quiet: MetricReading = {
      windows: [],
      watermark: NOW,
      unknown: null,
      lost: 0,
      windowLength: 5_000,
    };
    const judged = (record: ReturnType<typeof freshRecord>, scatter: Scatter) =>
      judge({
        guard: guardOf(),
        record,
        reading: { ...quiet, scatter },
        situation: standingSituation(NOW + 1),
      }).record;
    const first = judged(freshRecord(0, NOW), BURSTS);
    expect(first.scatter).toEqual(BURSTS);
    expect(judged(first, { phi: 3, reason: null }).scatter).toEqual(BURSTS);
  });
});
