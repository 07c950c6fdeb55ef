import { describe, expect, it } from '@jest/globals';
import { Repeats } from './repeats.js';

describe('a failure that comes again and again', () => {
  it('is news once, when it changes, and after a long time', () => {
    const repeats = new Repeats(600_000);
    const heard = [
      repeats.isNews('a', 'taken', 0),
      repeats.isNews('a', 'taken', 200),
      repeats.isNews('b', 'taken', 200),
      repeats.isNews('a', 'away', 400),
      repeats.isNews('a', 'away', 600_399),
      repeats.isNews('a', 'away', 600_400),
    ];
    expect(heard).toEqual([true, false, true, true, false, true]);
  });

  it('is news again once it went well in between', () => {
    const repeats = new Repeats(600_000);
    repeats.isNews('a', 'taken', 0);
    repeats.settled('a');
    expect(repeats.isNews('a', 'taken', 1)).toBe(true);
  });
});
