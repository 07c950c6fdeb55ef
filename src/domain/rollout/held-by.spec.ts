import { describe, expect, it } from '@jest/globals';
import { heldBy, type Opinion } from './go.js';

const fine: Opinion = { stopsClock: false, trouble: null };
const suspect: Opinion = { stopsClock: false, trouble: 'Guard slow is suspect.' };
const blind = (key: string): Opinion => ({ stopsClock: true, trouble: `Guard ${key} is blind.` });

describe('what a rollout waits for', () => {
  it.each<[string, readonly Opinion[], string | null]>([
    ['nothing', [fine, fine], null],
    ['one guard', [fine, suspect], 'Guard slow is suspect.'],
    [
      'all that hold it, what stops the clock first',
      [suspect, fine, blind('a')],
      'Guard a is blind. Guard slow is suspect.',
    ],
    [
      'three by name, and how many more',
      [suspect, blind('a'), blind('b'), blind('c'), blind('d')],
      'Guard a is blind. Guard b is blind. Guard c is blind. 2 more of its guards hold it.',
    ],
  ])('names %s', (_, opinions, words) => {
    expect(heldBy(opinions)).toBe(words);
  });
});
