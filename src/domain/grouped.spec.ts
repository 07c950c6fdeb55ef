import { describe, expect, it } from '@jest/globals';
import { grouped } from './grouped.js';

describe('groups', () => {
  it('stand in the order of their first items, each with its items in order', () => {
    expect([...grouped([3, 1, 4, 1, 5, 9, 2], (one) => one % 3)]).toEqual([
      [0, [3, 9]],
      [1, [1, 4, 1]],
      [2, [5, 2]],
    ]);
  });

  it('are none of nothing', () => {
    expect(grouped([], String).size).toBe(0);
  });
});
