import { describe, expect, it } from '@jest/globals';
import type { GuardKind } from '../../../domain/guard-kind.js';
import { readAnswer } from './counts-answer.js';

const asked = { from: 1_000, to: 6_000 };
const arm = { bad: 1, total: 10 };
const whole = { ...asked, new: arm, control: { bad: 2, total: 90 } };

const read = (told: object | string, kind: GuardKind = 'ratio') =>
  readAnswer(typeof told === 'string' ? told : JSON.stringify(told), asked, kind);

describe('the answer of a webhook', () => {
  it.each<[string, object, GuardKind, object]>([
    ['counts of both arms', whole, 'ratio', whole],
    ['an arm without data', { ...whole, new: null }, 'ratio', { ...whole, new: null }],
    ['fewer seconds than asked', { ...whole, to: 4_000 }, 'ratio', { ...whole, to: 4_000 }],
    ['nothing new yet', { ...whole, to: 1_000 }, 'ratio', { ...whole, to: 1_000 }],
    [
      'more events than units',
      { ...whole, new: { bad: 30, total: 10 } },
      'drop',
      { new: { bad: 30, total: 10 } },
    ],
    [
      'sums of a mean',
      { ...asked, new: { total: 3, sum: -4.5 }, control: null },
      'mean',
      { new: { bad: 0, total: 3, sum: -4.5 } },
    ],
    [
      'buckets of times',
      { ...asked, new: { total: 6, buckets: [1, 2, 3] }, control: null, bounds: [0.1, 0.5] },
      'latency',
      { new: { bad: 0, total: 6, buckets: [1, 2, 3] }, bounds: [0.1, 0.5] },
    ],
  ])('may tell %s', (_, told, kind, window) => {
    expect(read(told, kind)).toMatchObject({ window });
  });

  it.each<[string, object | string, GuardKind, string]>([
    ['no JSON', '{"from":', 'ratio', "the webhook's answer is no JSON"],
    [
      'NaN',
      '{"from":1000,"to":6000,"new":{"bad":NaN,"total":1},"control":null}',
      'ratio',
      "the webhook's answer is no JSON",
    ],
    [
      'a number that is too large for one',
      '{"from":1000,"to":6000,"new":{"bad":1e999,"total":1},"control":null}',
      'ratio',
      'wrong at new.bad',
    ],
    ['a text in place of a number', { ...whole, new: { bad: '1', total: 10 } }, 'ratio', 'wrong at new.bad'],
    [
      'a negative count',
      { ...whole, control: { bad: -1, total: 10 } },
      'ratio',
      'wrong at control.bad: must be 0 or more',
    ],
    ['no total', { ...whole, new: { bad: 1 } }, 'ratio', 'wrong at new.total'],
    ['no bad ones', { ...whole, new: { total: 1 } }, 'ratio', 'new.bad: a guard of kind "ratio" needs it'],
    [
      'more bad ones than there are',
      { ...whole, new: { bad: 9, total: 1 } },
      'burn',
      'new.bad: more than total',
    ],
    ['an arm left out', { ...asked, new: arm }, 'ratio', 'wrong at control: is not given; give an object'],
    [
      'a field that nobody knows',
      { ...whole, failed: 1 },
      'ratio',
      'wrong at the whole: has the unknown field "failed"',
    ],
    ['a misspelt arm', { ...asked, nwe: arm, control: arm }, 'ratio', 'has the unknown field "nwe"'],
    ['a list', '[]', 'ratio', 'wrong at the whole: must be an object'],
    ['a span before', { ...whole, from: 0 }, 'ratio', 'begins at 0, and was asked for from 1000'],
    ['a span after', { ...whole, from: 2_000 }, 'ratio', 'begins at 2000'],
    ['a time to come', { ...whole, to: 7_000 }, 'ratio', 'ends at 7000, after the 6000'],
    ['an end before the beginning', { ...whole, to: 500 }, 'ratio', 'before it begins'],
    ['no sum', whole, 'mean', 'new.sum: a mean needs'],
    ['no buckets', whole, 'latency', 'new.buckets: latency needs them'],
    [
      'buckets without their bounds',
      { ...whole, new: { total: 3, buckets: [1, 2] } },
      'latency',
      'new.buckets: they are one more than bounds',
    ],
    [
      'buckets that are not all',
      { ...whole, new: { total: 5, buckets: [1, 2] }, bounds: [1] },
      'latency',
      'new.buckets: they add up to 3, and total is 5',
    ],
    ['bounds that fall', { ...whole, bounds: [2, 1] }, 'latency', 'bounds: they rise'],
  ])('is refused for %s', (_, told, kind, words) => {
    expect(read(told, kind)).toEqual({ fault: expect.stringContaining(words) });
  });
});
