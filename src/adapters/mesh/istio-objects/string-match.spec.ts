import { describe, expect, it } from '@jest/globals';
import { claimKey, stringMatch } from './string-match.js';

describe('the key of a claim', () => {
  it.each([
    [['groups'], '@request.auth.claims.groups'],
    [['realm_access', 'roles'], '@request.auth.claims[realm_access][roles]'],
    [['https://example.com/level'], '@request.auth.claims[https://example.com/level]'],
    [['a.b'], '@request.auth.claims[a.b]'],
  ])('of %j is %s', (claim, key) => {
    expect(claimKey(claim)).toBe(key);
  });
});

describe('a string match', () => {
  it.each([
    [{ kind: 'exact', name: 'x', value: 'a.b' }, { exact: 'a.b' }],
    [{ kind: 'regex', name: 'x', value: 'a.*' }, { regex: 'a.*' }],
    [{ kind: 'present', name: 'x' }, {}],
  ] as const)('of %j is %j', (match, written) => {
    expect(stringMatch(match)).toEqual(written);
  });
});
