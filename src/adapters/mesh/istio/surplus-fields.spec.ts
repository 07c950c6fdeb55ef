import { describe, expect, it } from '@jest/globals';
import { surplusFields } from './surplus-fields.js';

describe('what somebody added to an object', () => {
  it.each([
    ['nothing', { host: 'a' }, { host: 'b' }, null],
    ['nothing where nothing stands', undefined, { host: 'b' }, null],
    ['a field', { host: 'a', exportTo: ['.'] }, { host: 'a' }, { exportTo: null }],
    [
      'a field within one that is wanted',
      { trafficPolicy: { tls: { mode: 'DISABLE' }, connectionPool: { tcp: {} } } },
      { trafficPolicy: { connectionPool: { tcp: {} } } },
      { trafficPolicy: { tls: null } },
    ],
    ['nothing of a list, which is replaced whole', { subsets: [{ name: 'x' }] }, { subsets: [] }, null],
    ['nothing of a field that is another value', { a: { b: 1 } }, { a: 1 }, null],
  ])('is %s', (_, standing, wanted, removal) => {
    expect(surplusFields(standing, wanted)).toEqual(removal);
  });
});
