import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import { contextOf, makeUsers, type User } from '../support/census.js';
import { ENVIRONMENT, FLAG, ROLLOUT } from '../support/checkout.js';
import { act } from '../support/release.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { Chain, type Hop, hostOf } from './testbed/chain.js';
import { eventually } from './testbed/eventually.js';
import { Testbed } from './testbed/testbed.js';

jest.setTimeout(60_000);

const APPS = ['orders', 'stock'] as const;
const STEPS = [
  { audience: 'employees', hold: null },
  { weight: 50_000, hold: null },
  { weight: 100_000, hold: null },
];
const USERS = [...makeUsers(6, 43), { id: 'Jürgen, 50 % & Söhne', employee: false }];
/** How often each user comes back, once the mesh has the table. */
const VISITS = 3;
const reason = 'Along a chain of calls';

let testbed: Testbed;
let service: ServiceProcess;
let client: TidegateClient;
let chain: Chain;

beforeAll(async () => {
  testbed = await Testbed.start();
  service = await startOnMesh(testbed);
  await createDocuments();
  const token = await service.admin.makeToken(ENVIRONMENT, 'server');
  client = createClient({ url: service.url, key: token });
  await client.ready();
  chain = new Chain(testbed, { tidegate: service.url, token, flag: FLAG });
  await chain.open();
}, 180_000);

afterAll(async () => {
  await client?.close();
  await service?.stop();
  await chain?.stop();
  await testbed?.stop();
}, 60_000);

/** A flag and a route for each app that is called, all hashing alike, and a rollout that moves them together. */
async function createDocuments(): Promise<void> {
  const { admin } = service;
  const environment = ENVIRONMENT;
  const rules = [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }];
  await admin.do('createEnvironment', { key: environment, reason });
  await admin.do('createSegment', { environment, key: 'employees', rules, reason });
  await admin.do('createFlag', { environment, key: FLAG, reason });
  for (const app of APPS) {
    await admin.do('createRoute', {
      environment,
      key: app,
      service: hostOf(app),
      versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
      salt: 'release-42',
      default: 'v1',
      reason,
    });
  }
  await admin.do('createRollout', {
    environment,
    key: ROLLOUT,
    flag: { key: FLAG, new: 'on', control: 'off' },
    routes: APPS.map((key) => ({ key, new: 'v2', control: 'v1' })),
    steps: STEPS,
    reason,
  });
}

/** What the gateway passes on of this user: what its edge has found out. */
function decided(user: User): Record<string, string> {
  return { ...client.routeHeaders(contextOf(user)), 'x-tg-k': encodeURIComponent(user.id) };
}

/** Each service in turn with its arm, and its flag where that says something else. */
function told(hops: readonly Hop[]): string {
  const one = ({ service: app, version, flag }: Hop): string => {
    const byFlag = flag ? 'v2' : 'v1';
    if (app === 'front') return `front ${byFlag}`;
    return version === byFlag ? `${app} ${version}` : `${app} ${version}, but its flag ${byFlag}`;
  };
  return hops.map(one).join(', ');
}

/** What becomes of all users, one after another. */
async function visits(path = '/'): Promise<readonly string[]> {
  const found: string[] = [];
  for (const user of USERS) found.push(told(await chain.ask(decided(user), path)));
  return found;
}

/** What should become of them: one arm all along, that of the flag. */
function wanted(): readonly string[] {
  return USERS.map((user) => {
    const arm = client.boolean(FLAG, contextOf(user), false) ? 'v2' : 'v1';
    return `front ${arm}, orders ${arm}, stock ${arm}`;
  });
}

async function stayInOneArm(): Promise<number> {
  await eventually(async () => expect(await visits()).toEqual(wanted()), 30_000);
  for (let visit = 0; visit < VISITS; visit += 1) expect(await visits()).toEqual(wanted());
  return wanted().filter((arms) => arms.includes('v2')).length;
}

/** Requests that the sidecar of one version of `orders` sent to a version of `stock`. */
async function sent(from: 'v1' | 'v2', to: 'v1' | 'v2'): Promise<number> {
  const filter = `tg-${to}.*${hostOf('stock')}.*upstream_rq_2xx$`;
  const stats = await chain.sidecars[from].admin(`/stats?filter=${filter}`);
  return Number(/upstream_rq_2xx: (\d+)/.exec(stats)?.[1] ?? 0);
}

describe('a chain of calls over two hops of sidecars', () => {
  it('keeps employees together, whom no bucket tells apart', async () => {
    await act(service.admin, 'startRollout');
    await eventually(() => expect(wanted().filter((arms) => arms.includes('v2'))).toHaveLength(6));
    expect(await stayInOneArm()).toBe(6);
  });

  it('keeps every user in the arm that the flag says at the first service', async () => {
    await act(service.admin, 'promoteRollout');
    await eventually(() => expect(wanted().filter((arms) => arms.includes('v2')).length).toBeGreaterThan(15));
    const before = await Promise.all([sent('v1', 'v1'), sent('v2', 'v2')]);
    const inNew = await stayInOneArm();
    const after = await Promise.all([sent('v1', 'v1'), sent('v2', 'v2')]);
    process.stdout.write(`${USERS.length} users, ${inNew} of them in the new arm at each of 3 services\n`);
    expect(inNew).toBeLessThan(USERS.length - 10);
    expect((after[0] ?? 0) - (before[0] ?? 0)).toBeGreaterThanOrEqual(VISITS * (USERS.length - inNew));
    expect((after[1] ?? 0) - (before[1] ?? 0)).toBeGreaterThanOrEqual(VISITS * inNew);
  });

  it('loses them where a service does not carry what was decided', async () => {
    const lost = await visits('/without');
    expect(new Set(lost)).toEqual(new Set(['front v1, orders v1, stock v1']));
    expect(lost).not.toEqual(wanted());
  });
});
