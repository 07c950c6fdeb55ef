import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Destination, RouteTable, RouteTableEntry } from '../domain/route-table.js';
import { withoutEmpty } from './without-empty.js';
import type { Standing } from './without-empty.js';

const header = { headers: [{ kind: 'present', name: 'x-tg-b' }], without: [], claims: [] } as const;

/** `v2` or `v2:2000,v1:8000`. */
function to(text: string): Destination[] {
  return text.split(',').map((part) => {
    const [version = '', weight = '10000'] = part.split(':');
    return { version, weight: Number(weight) };
  });
}

/** Entries of which the last matches every request. */
function tableOf(entries: readonly string[]): RouteTable {
  const mesh = entries.map((text, index): RouteTableEntry => {
    const isLast = index === entries.length - 1;
    return { name: `entry ${index}`, matches: isLast ? [] : [header], destinations: to(text) };
  });
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

function toldOf({ mesh }: RouteTable): string[] {
  return (mesh ?? []).map(({ destinations }) =>
    destinations.map(({ version, weight }) => (weight === 10_000 ? version : `${version}:${weight}`)).join(),
  );
}

interface Row {
  readonly entries: readonly string[];
  readonly ready: Standing['ready'];
  /** How many entries stand already; all of them where nothing is said. */
  readonly stand?: number;
  readonly spared?: readonly string[];
  readonly policy?: Standing['policy'];
  readonly told: {
    readonly entries?: readonly string[];
    readonly spared?: string[];
    readonly held?: string[];
  };
}

describe('a table without empty versions', () => {
  it.each<[string, Row]>([
    ['is the same where all are ready', { entries: ['v2', 'v1'], ready: { v1: 1, v2: 1 }, told: {} }],
    [
      'sends the users of a version that lost its last endpoint to control',
      { entries: ['v2', 'v1'], ready: { v1: 1, v2: 0 }, told: { entries: ['v1', 'v1'], spared: ['v2'] } },
    ],
    [
      'adds up the weights where both arms end at control',
      {
        entries: ['v2:2000,v1:5000,v3:3000'],
        ready: { v1: 1, v2: 0, v3: 2 },
        told: { entries: ['v1:7000,v3:3000'], spared: ['v2'] },
      },
    ],
    [
      'takes several out at once',
      {
        entries: ['v2', 'v3', 'v1'],
        ready: { v1: 1, v2: 0, v3: 0 },
        told: { entries: ['v1', 'v1', 'v1'], spared: ['v2', 'v3'] },
      },
    ],
    [
      'keeps a version out whose entries changed meanwhile',
      {
        entries: ['v2', 'v1'],
        ready: { v1: 1, v2: 0 },
        stand: 0,
        spared: ['v2'],
        told: { entries: ['v1', 'v1'], spared: ['v2'] },
      },
    ],
    [
      'waits for a version that is not in use yet',
      { entries: ['v2', 'v1'], ready: { v1: 1, v2: 0 }, stand: 0, told: { held: ['v2'] } },
    ],
    [
      'waits for the one and takes out the other',
      {
        entries: ['v2', 'v3', 'v1'],
        ready: { v1: 1, v2: 0, v3: 0 },
        stand: 1,
        told: { entries: ['v1', 'v3', 'v1'], spared: ['v2'], held: ['v3'] },
      },
    ],
    [
      'stays where control is empty as well',
      { entries: ['v2', 'v3', 'v1'], ready: { v1: 0, v2: 0, v3: 1 }, told: {} },
    ],
    ['stays where nobody has seen control', { entries: ['v2', 'v3'], ready: { v2: 0, v3: 1 }, told: {} }],
    [
      'stays where control alone is empty, as there is no place to return to',
      { entries: ['v2', 'v1'], ready: { v1: 0, v2: 1 }, told: {} },
    ],
    [
      'goes to control where nobody can count its endpoints',
      {
        entries: ['v2', 'v1'],
        ready: { v1: 'unknown', v2: 0 },
        told: { entries: ['v1', 'v1'], spared: ['v2'] },
      },
    ],
    [
      'is the same where nobody can count',
      { entries: ['v2', 'v1'], ready: { v1: 'unknown', v2: 'unknown' }, told: {} },
    ],
    [
      'stays under the policy to keep',
      { entries: ['v2', 'v1'], ready: { v1: 1, v2: 0 }, policy: 'keep', told: {} },
    ],
    [
      'waits under the policy to keep, whatever was taken out before',
      {
        entries: ['v2', 'v1'],
        ready: { v1: 1, v2: 0 },
        stand: 0,
        spared: ['v2'],
        policy: 'keep',
        told: { held: ['v2'] },
      },
    ],
  ])('%s', (_, { entries, ready, stand = entries.length, spared = [], policy = 'control', told }) => {
    const unchanged = { gateway: 0, mesh: stand };
    const found = withoutEmpty(tableOf(entries), { ready, unchanged, spared, home: 'v1', policy });
    expect({ ...found, table: toldOf(found.table) }).toEqual({
      table: told.entries ?? entries,
      spared: told.spared ?? [],
      held: told.held ?? [],
    });
  });

  it('sends nothing to an empty version unless it waits for that one, and keeps every weight', () => {
    const version = fc.constantFrom('v1', 'v2', 'v3');
    const entry = fc.array(version, { minLength: 1, maxLength: 3 }).map((versions) => {
      const [first = 'v1', ...rest] = [...new Set(versions)];
      return [`${first}:${10_000 - rest.length * 1_000}`, ...rest.map((name) => `${name}:1000`)].join();
    });
    const counts = fc.record({ v2: fc.nat(1), v3: fc.nat(1) });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 5 }),
        counts,
        fc.nat(5),
        fc.subarray(['v2', 'v3']),
        (entries, rest, stand, spared) => {
          const ready = { v1: 1, ...rest };
          const unchanged = { gateway: 0, mesh: stand };
          const policy = 'control';
          const found = withoutEmpty(tableOf(entries), { ready, unchanged, spared, home: 'v1', policy });
          for (const { destinations } of found.table.mesh ?? []) {
            expect(destinations.reduce((sum, { weight }) => sum + weight, 0)).toBe(10_000);
            for (const { version: name } of destinations)
              expect(ready[name as keyof typeof ready] > 0 || found.held.includes(name)).toBe(true);
          }
        },
      ),
    );
  });
});

describe('a mirror', () => {
  const mirror = { version: 'v2', percent: 10 };
  const mirrored = { ...tableOf(['v1']), mesh: [{ ...tableOf(['v1']).mesh![0]!, mirror }] };
  const standing = { unchanged: { gateway: 0, mesh: 1 }, spared: [], home: 'v1' };

  it.each(['control', 'keep'] as const)(
    'of a version without endpoints is left out, and nothing waits for it (%s)',
    (policy) => {
      const found = withoutEmpty(mirrored, { ...standing, policy, ready: { v1: 1, v2: 0 } });
      expect(found).toEqual({ table: tableOf(['v1']), spared: [], held: [] });
    },
  );

  it('of the version that the requests themselves are sent to now is left out', () => {
    const table = {
      ...tableOf(['v2']),
      mesh: [{ ...tableOf(['v2']).mesh![0]!, mirror: { ...mirror, version: 'v1' } }],
    };
    const found = withoutEmpty(table, { ...standing, policy: 'control', ready: { v1: 1, v2: 0 } });
    expect(found.table.mesh).toEqual(tableOf(['v1']).mesh);
  });

  it('of an empty version is left out of an audience’s entries, too', () => {
    const entries = mirrored.mesh;
    const table: RouteTable = { ...tableOf(['v1']), audiences: [{ segment: 'staff', matches: [], entries }] };
    const found = withoutEmpty(table, { ...standing, policy: 'control', ready: { v1: 1, v2: 0 } });
    expect(found.table.audiences).toEqual([{ segment: 'staff', matches: [], entries: tableOf(['v1']).mesh }]);
  });

  it.each([1, 'unknown'] as const)('of a version with %s endpoints stays', (count) => {
    const found = withoutEmpty(mirrored, { ...standing, policy: 'control', ready: { v1: 1, v2: count } });
    expect(found.table).toBe(mirrored);
  });
});
