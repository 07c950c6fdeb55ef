import { describe, expect, it } from '@jest/globals';
import { requestDigest } from './request-digest.js';

const digest = (input: object): string => requestDigest('createFlag', input);

describe('requestDigest', () => {
  it('does not depend on the order of names, at any depth', () => {
    expect(digest({ a: 1, b: { c: [{ d: 1, e: 2 }], f: null } })).toBe(
      digest({ b: { f: null, c: [{ e: 2, d: 1 }] }, a: 1 }),
    );
  });

  it('does not depend on whether it was a dry run, nor on the idempotency key', () => {
    expect(digest({ key: 'a', dryRun: true, idempotencyKey: 'k' })).toBe(digest({ key: 'a' }));
  });

  it.each([
    [{ key: 'a' }, { key: 'b' }],
    [{ list: [1, 2] }, { list: [2, 1] }],
    [{ list: [['a', 1]] }, { list: { a: 1 } }],
    [{ key: 'a', description: null }, { key: 'a' }],
    [{ variants: { on: 1 } }, { variants: { on: '1' } }],
  ])('tells %j from %j', (one, other) => {
    expect(digest(one)).not.toBe(digest(other));
  });

  it('tells operations with the same input apart', () => {
    expect(requestDigest('enableFlag', { key: 'a' })).not.toBe(requestDigest('disableFlag', { key: 'a' }));
  });
});
