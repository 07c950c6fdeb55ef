import { describe, expect, it } from '@jest/globals';
import { windowAt } from '../../../test/support/judging.js';
import type { MetricWindow } from '../guard/reading.js';
import { unknownUsual } from './unknown-usual.js';

const NONE = windowAt(0, null, { bad: 0, total: 0 });
const SOME = windowAt(0, { bad: 0, total: 3 }, null);

describe('what is usual and not known', () => {
  it.each<[string, readonly MetricWindow[], readonly MetricWindow[], string, RegExp]>([
    ['a service that is a few minutes old', [], [SOME], 'NO_HISTORY', /a few minutes only.*or give usual/],
    ['one that began within the only span', [SOME], [SOME], 'NO_HISTORY', /a few minutes only/],
    ['nothing at all', [], [], 'NO_TRAFFIC', /no sample of what it reads: look at its selectors/],
    ['windows without traffic', [], [NONE], 'NO_TRAFFIC', /no sample/],
    [
      'a week in which only the new arm had any',
      [SOME, SOME],
      [SOME],
      'NO_TRAFFIC',
      /the control had no traffic/,
    ],
  ])('says why: %s', (_, rough, windows, code, reason) => {
    const known = unknownUsual('errors', { rough, alike: { windows, windowLength: 5_000 } });
    expect(known).toEqual({ usual: null, code, reason: expect.stringMatching(reason) });
  });
});
