import { describe, expect, it } from '@jest/globals';
import { asksOf, samplesOf } from './asks.js';
import type { SampledSeries } from './sampled-series.js';

const arm = { label: 'version', new: 'v2', control: 'v1' };

const series = (labels: SampledSeries['labels']): SampledSeries => ({ labels, samples: [] });
const fine = series({ __name__: 'answers', job: 'shop', code: '200' });
const failed = series({ __name__: 'answers', job: 'shop', code: '503' });
const answer = { first: [fine, failed], beside: [], begins: 0 };

describe('a query of a guard’s own', () => {
  it.each([
    ['answers', 'answers{code="503"}'],
    ['answers{}', 'answers{code=~"5.."}'],
    ['answers{job="shop"}', 'answers{code!~"[1-4]..",job="shop"}'],
    ['{__name__="answers"}', '{code=~"5..",__name__="answers"}'],
  ])('of %s and %s asks once, and tells the bad ones itself', (total, bad) => {
    const asks = asksOf({ bad, total, arm });
    expect(asks).toMatchObject({ first: total, beside: null });
    expect(asks && samplesOf(asks, answer).bad).toEqual([failed]);
  });

  it.each([
    ['another metric', 'answers', 'failures'],
    ['others than all', 'answers{job="shop"}', 'answers{code="503"}'],
    ['the same label by another value', 'answers{job="shop"}', 'answers{job="web",code="503"}'],
    ['a name that only one of them spells out', '{__name__="answers"}', 'answers{code="503"}'],
    ['a pattern that only Prometheus can tell', 'answers', 'answers{code=~"5{2000}"}'],
  ])('whose bad ones are of %s asks twice', (_, total, bad) => {
    expect(asksOf({ bad, total, arm })).toMatchObject({ first: total, beside: bad, isBad: null });
  });
});
