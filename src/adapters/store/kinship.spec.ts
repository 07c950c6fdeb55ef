import { describe, expect, it } from '@jest/globals';
import { kinshipOf } from './kinship.js';
import type { LoadedScope } from './ledger.js';
import { ScopeMemory } from './scope-memory.js';

/** A scope at `revision`, whose epochs began as `a@0 b@5` says. */
function scope(epochs: string, revision: number, restarted = false): LoadedScope {
  const starts = epochs.split(' ').map((text) => {
    const [epoch = '', start] = text.split('@');
    return { epoch, revision: Number(start) };
  });
  const epoch = starts.at(-1)?.epoch ?? '';
  return { epoch, revision, touched: 0, documents: [], states: [], epochs: starts, restarted };
}

function remember(epochs: string, revision: number): ScopeMemory {
  return new ScopeMemory('production', scope(epochs, revision));
}

describe('how the store relates to what is remembered', () => {
  it.each([
    ['goes on where it goes on', 'a@0', 7, scope('a@0', 9), { kind: 'same', renew: false }],
    ['has its epoch ended by a restart', 'a@0', 7, scope('a@0', 7, true), { kind: 'same', renew: true }],
    ['went back by itself', 'a@0', 7, scope('a@0', 6), { kind: 'back', base: 6, renew: true }],
    ['went back over a restart', 'a@0', 7, scope('a@0', 6, true), { kind: 'back', base: 6, renew: true }],
    ['was renewed without a loss', 'a@0', 7, scope('a@0 b@7', 8), { kind: 'same', renew: false }],
    ['was renewed while we lagged', 'a@0', 5, scope('a@0 b@7', 8), { kind: 'same', renew: false }],
    [
      'was renewed by one that did not know the loss',
      'a@0',
      7,
      scope('a@0 b@5', 9),
      { kind: 'back', base: 5, renew: false },
    ],
    [
      'lost more than once while we were away',
      'a@0',
      7,
      scope('a@0 b@5 c@3 d@9', 12),
      { kind: 'back', base: 3, renew: false },
    ],
    ['is an old backup', 'a@0 b@5', 7, scope('a@0', 6, true), { kind: 'back', base: 6, renew: true }],
    ['is another history', 'a@0', 7, scope('x@0', 9), { kind: 'foreign' }],
  ])('says that it %s', (_, epochs, revision, loaded, kinship) => {
    expect(kinshipOf(remember(epochs, revision), loaded)).toEqual(kinship);
  });

  it('takes what it finds where nothing is remembered', () => {
    expect(kinshipOf(null, scope('a@0', 7))).toEqual({ kind: 'same', renew: false });
    expect(kinshipOf(null, scope('a@0', 7, true))).toEqual({ kind: 'same', renew: true });
  });
});
