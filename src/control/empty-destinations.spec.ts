import { describe, expect, it } from '@jest/globals';
import type { RouteTable, RouteTableEntry } from '../domain/route-table.js';
import { emptyDestinations } from './empty-destinations.js';

const to = (...versions: string[]): RouteTableEntry['destinations'] =>
  versions.map((version) => ({ version, weight: version.startsWith('!') ? 0 : 5_000 }));
const some = { headers: [{ kind: 'present', name: 'x' }], without: [], claims: [] } as const;

function tableOf(...mesh: RouteTableEntry[]): RouteTable {
  return {
    environment: 'production',
    route: 'shop',
    service: 'shop.shop.svc.cluster.local',
    namespace: 'shop',
    port: 80,
    gateways: [],
    versions: {},
    gateway: null,
    mesh,
    revision: 'e.1',
  };
}

describe('emptyDestinations', () => {
  it.each<[string, RouteTable, { [version: string]: number | 'unknown' }, string[]]>([
    [
      'a version without ready endpoints',
      tableOf({ name: 'default', matches: [], destinations: to('v1') }),
      { v1: 0 },
      ['v1'],
    ],
    [
      'a version that nobody has seen',
      tableOf({ name: 'default', matches: [], destinations: to('v1') }),
      {},
      ['v1'],
    ],
    [
      'none when all are ready',
      tableOf({ name: 'default', matches: [], destinations: to('v1', 'v2') }),
      { v1: 1, v2: 3 },
      [],
    ],
    [
      'none where nobody can know',
      tableOf({ name: 'default', matches: [], destinations: to('v1') }),
      { v1: 'unknown' },
      [],
    ],
    [
      'none for a destination of weight 0',
      tableOf({ name: 'default', matches: [], destinations: to('v1', '!v2') }),
      { v1: 1, '!v2': 0 },
      [],
    ],
    [
      'those of an entry for some requests',
      tableOf(
        { name: 'r', matches: [some], destinations: to('v2') },
        { name: 'default', matches: [], destinations: to('v1') },
      ),
      { v1: 1, v2: 0 },
      ['v2'],
    ],
    [
      'none behind an entry that takes every request',
      tableOf(
        { name: 'all', matches: [], destinations: to('v2') },
        { name: 'default', matches: [], destinations: to('v1') },
      ),
      { v1: 0, v2: 1 },
      [],
    ],
  ])('names %s', (_what, table, ready, expected) => {
    expect(emptyDestinations(table, ready, { gateway: 0, mesh: 0 })).toEqual(expected);
  });

  it('names only those that an entry would newly send to: the first ones stand already', () => {
    const table = tableOf(
      { name: 'qa', matches: [some], destinations: to('v2') },
      { name: 'beta', matches: [some], destinations: to('v3') },
      { name: 'default', matches: [], destinations: to('v1') },
    );
    const ready = { v1: 1, v2: 0, v3: 0 };
    expect(emptyDestinations(table, ready, { gateway: 5, mesh: 1 })).toEqual(['v3']);
    expect(emptyDestinations(table, ready, { gateway: 0, mesh: 2 })).toEqual([]);
  });
});
