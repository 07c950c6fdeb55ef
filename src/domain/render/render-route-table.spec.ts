import { describe, expect, it } from '@jest/globals';
import type { Condition, Route, RouteRule, RouteSplit, Segment } from '@tidegate/sdk/engine';
import { Documents } from '../documents.js';
import { settingsSchema } from '../environment.js';
import type { RouteTableEntry } from '../route-table.js';
import { renderRouteTable } from './render-route-table.js';

const everybody: Condition = { all: [] };
const nobody: Condition = { any: [] };
const employees: Condition = { operator: 'inSegment', value: 'employees' };

function routeOf(changes: Partial<Route>): Route {
  return {
    key: 'checkout',
    description: '',
    service: 'checkout.shop.svc.cluster.local',
    port: 80,
    gateways: [{ name: 'shop/public', hosts: ['checkout.example.com'] }],
    mesh: true,
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' }, v3: { version: 'v3' } },
    salt: 'checkout',
    bucketBy: ['targetingKey'],
    rules: [],
    default: 'v1',
    closed: null,
    ...changes,
  };
}

const segmentOf = (key: string, rule: Condition): Segment => ({
  key,
  description: '',
  rules: [rule],
  included: [],
  excluded: [],
});

function documentsWith(audience: string | null): Documents {
  const settings = settingsSchema.parse({
    identity: {
      issuer: 'https://id.example.com',
      audience,
      jwks: { keys: [{ kty: 'EC' }] },
      pairs: [{ attribute: 'groups', claim: ['groups'] }],
    },
  });
  const staff: Condition = { attribute: ['verified', 'groups'], operator: 'equals', value: 'staff' };
  return new Documents([
    { kind: 'settings', key: 'environment', revision: 3, value: settings },
    {
      kind: 'segment',
      key: 'employees',
      revision: 5,
      value: segmentOf('employees', { operator: 'inSegment', value: 'staff' }),
    },
    { kind: 'segment', key: 'staff', revision: 11, value: segmentOf('staff', staff) },
    { kind: 'segment', key: 'other', revision: 99, value: segmentOf('other', staff) },
  ]);
}

function tableOf(
  route: Partial<Route>,
  { revision = 7, audience = 'shop' }: { revision?: number; audience?: string | null } = {},
) {
  const stored = { kind: 'route' as const, key: 'checkout', revision, value: routeOf(route) };
  return renderRouteTable('production', 'e1', stored, documentsWith(audience));
}

const ruleOf = (id: string, condition: Condition, serve: RouteRule['serve']): RouteRule => ({
  id,
  condition,
  serve,
});
const splitOf = (
  weights: readonly (readonly [string, number])[],
  otherwise?: RouteSplit['otherwise'],
): RouteRule['serve'] => ({
  split: { arms: weights.map(([version, weight]) => ({ version, weight })), otherwise },
});

/** Entries as `name: match -> destinations`, one line each. */
function lines(entries: readonly RouteTableEntry[] | null): string[] {
  return (entries ?? []).map(({ name, matches, destinations }) => {
    const alternatives = matches.map(({ headers, without, claims }) =>
      [
        ...claims.map(({ claim, value }) => `${claim.join('/')}=${value}`),
        ...headers.map((header) => `${header.name}~${'value' in header ? header.value : ''}`),
        ...without.map((header) => `!${header.name}`),
      ].join(' & '),
    );
    const to = destinations.map(({ version, weight }) => `${version}:${weight}`).join('+');
    return `${name} [${alternatives.join(' | ')}] -> ${to}`;
  });
}

const bucket = (range: string) => `x-tg-b~(?:.*,)?checkout=(?:${range})(?:,.*)?`;

describe('a route table', () => {
  it('of a route without rules has one entry that matches every request', () => {
    const { gateway, mesh } = tableOf({});
    expect(lines(gateway)).toEqual(['default [] -> v1:10000']);
    expect(mesh).toEqual(gateway);
  });

  it('of a closed route has one entry too, whatever its rules', () => {
    const { gateway, mesh } = tableOf({
      closed: 'v2',
      rules: [ruleOf('a', employees, { version: 'v3' })],
    });
    expect(lines(gateway)).toEqual(['closed [] -> v2:10000']);
    expect(lines(mesh)).toEqual(['closed [] -> v2:10000']);
  });

  it('has no entries for a place that the route does not have', () => {
    expect(tableOf({ gateways: [] })).toMatchObject({ gateway: null, mesh: expect.any(Array) });
    expect(tableOf({ mesh: false })).toMatchObject({ gateway: expect.any(Array), mesh: null });
  });

  it('gives a split of three arms four entries', () => {
    const arms = [
      ['v3', 500],
      ['v2', 1_500],
      ['v1', 8_000],
    ] as const;
    const { mesh } = tableOf({ rules: [ruleOf('s', everybody, splitOf(arms))] });
    expect(lines(mesh)).toEqual([
      `s:v3 [${bucket(String.raw`0[0-4]\d{2}`)}] -> v3:10000`,
      `s:v2 [${bucket(String.raw`0[5-9]\d{2}|1\d{3}`)}] -> v2:10000`,
      `s:rest [${bucket(String.raw`\d{4}`)}] -> v1:10000`,
      's:no-bucket [] -> v1:10000',
    ]);
  });

  it('has no entry for an arm without weight, first, middle or last', () => {
    const names = (weights: readonly (readonly [string, number])[]) =>
      tableOf({ rules: [ruleOf('s', everybody, splitOf(weights))] }).mesh?.map(({ name }) => name);
    const [none, all] = [0, 10_000];
    expect(
      names([
        ['v2', none],
        ['v1', all],
      ]),
    ).toEqual(['s:rest', 's:no-bucket']);
    expect(
      names([
        ['v2', all],
        ['v1', none],
      ]),
    ).toEqual(['s:v2', 's:no-bucket']);
    expect(
      names([
        ['v3', 1],
        ['v2', none],
        ['v1', 9_999],
      ]),
    ).toEqual(['s:v3', 's:rest', 's:no-bucket']);
  });

  it.each([
    ['the last arm by default', undefined, 'v1:10000'],
    ['the arm named', { arm: 'v2' }, 'v2:10000'],
    ['the weights', 'weights' as const, 'v2:2500+v1:7500'],
  ])('sends requests without a bucket to %s', (_, otherwise, destinations) => {
    const split = splitOf(
      [
        ['v3', 0],
        ['v2', 2_500],
        ['v1', 7_500],
      ],
      otherwise,
    );
    const { gateway } = tableOf({ rules: [ruleOf('s', everybody, split)] });
    expect(lines(gateway).at(-1)).toBe(`s:no-bucket [] -> ${destinations}`);
  });

  it('goes on below a split that not everybody is asked', () => {
    const { mesh } = tableOf({
      rules: [
        ruleOf(
          's',
          employees,
          splitOf([
            ['v2', 1],
            ['v1', 9_999],
          ]),
        ),
      ],
    });
    const segment = 'x-tg-s~(?:.*,)?employees(?:,.*)?';
    expect(lines(mesh)).toEqual([
      `s:v2 [${segment} & ${bucket('0000')}] -> v2:10000`,
      `s:rest [${segment} & ${bucket(String.raw`\d{4}`)}] -> v1:10000`,
      `s:no-bucket [${segment}] -> v1:10000`,
      'default [] -> v1:10000',
    ]);
  });

  it('ends with the first entry that matches every request, and leaves out rules for nobody', () => {
    const { mesh } = tableOf({
      rules: [
        ruleOf('nobody', nobody, { version: 'v2' }),
        ruleOf('all', { any: [employees, everybody] }, { version: 'v2' }),
        ruleOf('below', employees, { version: 'v3' }),
      ],
    });
    expect(lines(mesh)).toEqual(['all [] -> v2:10000']);
  });

  it.each([
    ['with its audience', 'shop', ['groups=staff', 'iss=https://id.example.com', 'aud=shop']],
    ['without one', null, ['groups=staff', 'iss=https://id.example.com']],
  ])(
    'knows a segment at the gateway by claims of the one issuer, %s, and inside by its header',
    (_, audience, claims) => {
      const { gateway, mesh } = tableOf({ rules: [ruleOf('a', employees, { version: 'v2' })] }, { audience });
      const asked = gateway?.[0]?.matches[0]?.claims.map(({ claim, value }) => `${claim.join('/')}=${value}`);
      expect(asked?.sort()).toEqual([...claims].sort());
      expect(gateway?.[0]?.matches[0]?.headers).toEqual([]);
      expect(mesh?.[0]?.matches[0]).toMatchObject({ claims: [], headers: [{ name: 'x-tg-s' }] });
    },
  );

  it('copies requests to a mirror that it doesn’t send there anyhow, and none once it is closed', () => {
    const mirror = { version: 'v2', percent: 25 };
    const rules = [ruleOf('a', employees, { version: 'v2' })];
    const copies = ({ gateway, mesh }: ReturnType<typeof tableOf>): unknown[] =>
      [gateway, mesh].map((place) => place?.map((entry) => entry.mirror ?? null));
    expect(copies(tableOf({ rules, mirror }))).toEqual([
      [null, mirror],
      [null, mirror],
    ]);
    expect(copies(tableOf({ rules, mirror, closed: 'v1' }))).toEqual([[null], [null]]);
  });

  it('takes its revision from the newest of the route, its segments and theirs, and the settings', () => {
    const named = { rules: [ruleOf('a', employees, { version: 'v2' })] };
    expect(tableOf({}, { revision: 2 }).revision).toBe('e1.3');
    expect(tableOf({}, { revision: 7 }).revision).toBe('e1.7');
    expect(tableOf(named, { revision: 7 }).revision).toBe('e1.11');
    expect(tableOf(named, { revision: 12 }).revision).toBe('e1.12');
  });

  it('says where its objects live', () => {
    expect(tableOf({ service: 'pay.money.svc.example.org' })).toMatchObject({
      service: 'pay.money.svc.example.org',
      namespace: 'money',
    });
  });

  it.each([
    [
      'at a gateway',
      { mesh: false },
      { attribute: ['verified', 'country'], operator: 'equals', value: 'se' },
    ],
    [
      'inside the mesh',
      { gateways: [] },
      { attribute: ['verified', 'groups'], operator: 'equals', value: 'staff' },
    ],
  ] as const)(
    'refuses a condition that nothing shows %s, with NOT_EXPRESSIBLE',
    (place, changes, condition) => {
      const render = () => tableOf({ ...changes, rules: [ruleOf('a', condition, { version: 'v2' })] });
      expect(render).toThrow(expect.objectContaining({ code: 'NOT_EXPRESSIBLE' }));
      expect(render).toThrow(place);
    },
  );
});
