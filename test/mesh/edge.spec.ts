import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import type { EdgeSetup } from '../../src/domain/edge-setup.js';
import { identitySchema } from '../../src/domain/environment.js';
import { contextOf, makeUsers, type User } from '../support/census.js';
import {
  createCheckout,
  EMPLOYEE,
  ENVIRONMENT,
  FLAG,
  ROLLOUT,
  ROUTE,
  startRollout,
} from '../support/checkout.js';
import { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import type { KubernetesObject } from './testbed/kubernetes-object.js';
import { rightsIn } from './testbed/rights.js';
import { Testbed } from './testbed/testbed.js';
import { request } from './testbed/traffic.js';

/** Another than the service's, at which the sidecar on this machine listens too. */
const EDGE_PORT = 19_102;
const EDGE_SERVICE_PORT = 19_002;
const EDGE_HOST = 'edge.tidegate.internal';
const FORGED = { 'x-tg-b': `${ROUTE}=0000`, 'x-tg-s': 'employees', 'x-tg-k': 'boss' };
/** In which the shop's pages keep a user's token. */
const TOKEN_COOKIE = 'session';
const BROWSERS = 200;
const STEPS = [
  { audience: 'employees', hold: null },
  { weight: 20_000, hold: null },
  { weight: 60_000, hold: null },
  { weight: 100_000, hold: null },
];

let testbed: Testbed;
let service: ServiceProcess;
let client: TidegateClient;
let mesh: IstioMesh;
let setup: EdgeSetup;

beforeAll(async () => {
  testbed = await Testbed.start({
    meshConfig: {
      extensionProviders: [
        {
          name: 'tidegate-edge',
          envoyExtAuthzGrpc: { service: EDGE_HOST, port: EDGE_SERVICE_PORT, timeout: '2s', failOpen: true },
        },
      ],
    },
  });
  await testbed.cluster.apply({
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'edge', namespace: 'istio-system' },
    spec: {
      hosts: [EDGE_HOST],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      ports: [{ number: EDGE_SERVICE_PORT, name: 'grpc', protocol: 'GRPC', targetPort: EDGE_PORT }],
      endpoints: [{ address: '127.0.0.1' }],
    },
  });
  service = await ServiceProcess.start({
    settings: {
      TIDEGATE_MESH: 'istio',
      TIDEGATE_KUBECONFIG: testbed.apiServer.serviceKubeconfig(),
      TIDEGATE_EDGE_HOST: '127.0.0.1',
      TIDEGATE_EDGE_PORT: String(EDGE_PORT),
    },
    env: { COOKIE_SECRET: 'signs the cookies of browsers' },
  });
  await createCheckout(service.admin, { issuer: testbed.issuer, steps: STEPS });
  const { issuer, audience, jwks } = testbed.issuer;
  const pairs = [{ attribute: 'groups', claim: ['groups'] }];
  const identity = { issuer, audience, jwks, pairs, cookie: TOKEN_COOKIE };
  await service.admin.do('setIdentity', {
    environment: ENVIRONMENT,
    identity,
    reason: 'Pages keep it in a cookie',
  });
  client = createClient({ url: service.url, key: await service.admin.makeToken(ENVIRONMENT, 'server') });
  await client.ready();
  await startRollout(service.admin, 'For the edge');
  await promote();
  mesh = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig() });
  setup = {
    environment: ENVIRONMENT,
    name: 'public',
    namespace: 'istio-system',
    selector: { istio: 'ingressgateway' },
    provider: 'tidegate-edge',
    checkTokens: true,
    identity: identitySchema.parse(identity),
  };
}, 180_000);

afterAll(async () => {
  await client?.close();
  await service?.stop();
  await testbed?.stop();
}, 60_000);

interface Seen {
  readonly status: number;
  readonly version: string;
  /** What the service was sent. */
  readonly sent: readonly unknown[];
  /** The cookie that the browser is to keep, `tg-id=…`. */
  readonly cookie: string | undefined;
}

async function ask(headers: Record<string, string>): Promise<Seen> {
  const { status, headers: answered, body } = await request(testbed.shop.outside, { headers });
  const { headers: got = {} } =
    status === 200 ? (JSON.parse(body) as { headers?: Record<string, string> }) : {};
  return {
    status,
    version: String(answered['x-version'] ?? 'none'),
    sent: ['x-tg-b', 'x-tg-s', 'x-tg-k'].map((name) => got[name]),
    cookie: answered['set-cookie']?.[0]?.split(';')[0],
  };
}

interface Browser {
  readonly cookie: string;
  /** Of the route, as the service was told. */
  readonly bucket: number;
}

/** Who answers each of them now; they come back with their cookies and get no other. */
async function armsOf(browsers: readonly Browser[]): Promise<readonly string[]> {
  const arms: string[] = [];
  for (const { cookie } of browsers) {
    const { version, cookie: another } = await ask({ cookie });
    arms.push(another === undefined ? version : 'a new cookie');
  }
  return arms;
}

/** Who should, at a share of so many buckets. */
function armsAt(share: number, browsers: readonly Browser[]): readonly string[] {
  return browsers.map(({ bucket }) => (bucket < share ? 'v2' : 'v1'));
}

function tokenOf(user: User): Record<string, string> {
  return testbed.issuer.authorization({
    sub: user.id,
    ...(user.employee ? EMPLOYEE : { groups: ['customers'] }),
  });
}

function byTheSdk(user: User): string {
  return client.boolean(FLAG, contextOf(user), false) ? 'v2' : 'v1';
}

async function promote(): Promise<void> {
  const input = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'Go on' };
  await eventually(() => service.admin.do('promoteRollout', input), 30_000);
}

async function expectAll(headers: Record<string, string>, seen: Partial<Seen>): Promise<void> {
  for (let index = 0; index < 10; index++) expect(await ask(headers)).toMatchObject(seen);
}

describe('a gateway that asks the edge', () => {
  it('is set up after a rehearsal that writes nothing, and not over what somebody else has made', async () => {
    const states = ({ objects }: Awaited<ReturnType<IstioMesh['edge']>>) => objects.map(({ state }) => state);
    const foreign: KubernetesObject = {
      apiVersion: 'security.istio.io/v1',
      kind: 'RequestAuthentication',
      metadata: { name: 'tg-edge-public', namespace: 'istio-system' },
    };
    await testbed.cluster.apply({
      ...foreign,
      spec: { selector: { matchLabels: { app: 'nobody' } } },
    });
    await expect(mesh.edge('apply', setup)).rejects.toMatchObject({ code: 'HOST_TAKEN' });
    expect(states(await mesh.edge('show', setup))).toEqual(['missing', 'missing', 'foreign', 'missing']);
    await testbed.cluster.delete(foreign);
    const { environment, name, namespace, selector, provider } = setup;
    const gateway = { name, namespace, selector, provider };
    const install = async (over: object) => {
      const input = { environment, gateway, reason: 'Employees first', ...over };
      const { edge } = await service.admin.do('installEdge', input, 'edge { objects { name state } }');
      return edge?.objects?.map((object) => object?.state);
    };
    expect(await install({ dryRun: true })).toEqual(['missing', 'missing', 'missing', 'missing']);
    expect(await install({ providerIsConfigured: true })).toEqual(['stands', 'stands', 'stands', 'stands']);
    expect(states(await mesh.edge('show', setup))).toEqual(['stands', 'stands', 'stands', 'stands']);
  }, 30_000);

  it('sends each user to the arm that the SDK answers, whatever he says of himself', async () => {
    const users = makeUsers(4, 36);
    expect(new Set(users.map(byTheSdk))).toEqual(new Set(['v1', 'v2']));
    await eventually(async () => {
      for (const user of users) {
        const { version, sent } = await ask({ ...tokenOf(user), ...FORGED });
        expect([user.id, version, sent[2]]).toEqual([user.id, byTheSdk(user), user.id]);
      }
    }, 30_000);
  }, 40_000);

  it('knows a user by the token in the cookie that the environment names as well', async () => {
    const inCookie = (token: string, name = TOKEN_COOKIE) => ({ ...FORGED, cookie: `a=b; ${name}=${token}` });
    for (const user of makeUsers(2, 18)) {
      const { authorization } = tokenOf(user) as { authorization: string };
      const token = authorization.replace('Bearer ', '');
      const { version, sent } = await ask(inCookie(token));
      expect([user.id, version, sent[2]]).toEqual([user.id, byTheSdk(user), user.id]);
      await expect(ask(inCookie(token, 'other'))).resolves.toMatchObject({
        version: 'v1',
        sent: ['', '', ''],
      });
    }
    const forged = testbed.issuer.token({ sub: 'boss', ...EMPLOYEE }, { key: 'foreign' });
    await expect(ask(inCookie(forged))).resolves.toMatchObject({ status: 401 });
  }, 30_000);

  it('believes nothing that a client without a good token sends', async () => {
    const { issuer, otherIssuer } = testbed;
    await expectAll(FORGED, { status: 200, version: 'v1', sent: ['', '', ''] });
    const claims = { sub: 'boss', ...EMPLOYEE };
    const told = {
      'wrongly signed': await ask({ ...issuer.authorization(claims, { key: 'foreign' }), ...FORGED }),
      expired: await ask({ ...issuer.authorization(claims, { expiresIn: -3_600 }), ...FORGED }),
      'another audience': await ask({ ...issuer.authorization(claims, { audience: 'bank' }), ...FORGED }),
      'another trusted issuer': await ask({ ...otherIssuer.authorization(claims), ...FORGED }),
    };
    const outcomes = Object.entries(told).map(([name, { status, version }]) => [name, status, version]);
    expect(outcomes).toEqual([
      ['wrongly signed', 401, 'none'],
      ['expired', 401, 'none'],
      ['another audience', 403, 'none'],
      ['another trusted issuer', 200, 'v1'],
    ]);
  }, 30_000);

  it('keeps an anonymous browser in the arm of the cookie that it was given, which is also that of the SDK', async () => {
    const reason = 'Browsers come back';
    const visitors = { secretRef: 'env:COOKIE_SECRET' };
    await service.admin.do('setVisitors', { environment: ENVIRONMENT, visitors, reason });
    await service.admin.do('updateRoute', {
      environment: ENVIRONMENT,
      key: ROUTE,
      affinity: 'cookie',
      reason,
    });
    await eventually(async () => expect((await ask(FORGED)).cookie).toMatch(/^tg-id=/), 20_000);
    const arms = new Set<string>();
    // By chance alone, 80 browsers miss the fifth that gets v2 once in 50 million runs.
    for (let browser = 0; browser < 80 && arms.size < 2; browser++) {
      const { version, sent, cookie } = await ask(FORGED);
      expect(version).toBe(byTheSdk({ id: String(sent[2]), employee: false }));
      const again = await Promise.all([1, 2, 3].map(() => ask({ ...FORGED, cookie: cookie! })));
      expect(again).toMatchObject(again.map(() => ({ version, sent, cookie: undefined })));
      arms.add(version);
    }
    expect(arms).toEqual(new Set(['v1', 'v2']));
  }, 60_000);

  it('gives browsers the exact share by their cookies, and none leaves the new arm while it grows', async () => {
    const browsers: Browser[] = [];
    for (let count = 0; count < BROWSERS; count++) {
      const { sent, cookie = '' } = await ask({});
      browsers.push({ cookie, bucket: Number(String(sent[0]).replace(`${ROUTE}=`, '')) });
    }
    expect(new Set(browsers.map(({ cookie }) => cookie)).size).toBe(BROWSERS);
    expect(await armsOf(browsers)).toEqual(armsAt(2_000, browsers));
    const early = browsers.filter(({ bucket }) => bucket < 2_000);
    const late = browsers.filter(({ bucket }) => bucket >= 2_000 && bucket < 6_000);
    // Six standard deviations around a fifth and two fifths of all.
    expect(Math.abs(early.length - 40)).toBeLessThan(34);
    expect(Math.abs(late.length - 80)).toBeLessThan(42);
    await promote();
    const meanwhile = new Set<string>();
    await eventually(
      async () => {
        for (const arm of await armsOf(early)) meanwhile.add(arm);
        expect(await armsOf(late.slice(0, 1))).toEqual(['v2']);
      },
      30_000,
      10,
    );
    expect(meanwhile).toEqual(new Set(['v2']));
    expect(await armsOf(browsers)).toEqual(armsAt(6_000, browsers));
    process.stdout.write(
      `of ${BROWSERS} browsers ${early.length} had v2 at 20 %, ${early.length + late.length} at 60 %\n`,
    );
  }, 60_000);

  it('goes on without the edge: forged headers have no effect, and employees are known by their claims', async () => {
    await service.process.kill();
    await eventually(
      async () => expect((await ask(FORGED)).sent).toEqual([undefined, undefined, undefined]),
      20_000,
    );
    await expectAll(FORGED, { status: 200, version: 'v1' });
    const customer = { id: 'user-1', employee: false };
    await expectAll({ ...tokenOf(customer), ...FORGED }, { status: 200, version: 'v1' });
    await expectAll({ ...tokenOf({ id: 'e', employee: true }), ...FORGED }, { status: 200, version: 'v2' });
  }, 60_000);

  it('is left as it was found', async () => {
    const { objects } = await mesh.edge('remove', setup);
    expect(objects.map(({ state }) => state)).toEqual(['missing', 'missing', 'missing', 'missing']);
    const left = await mesh.edge('show', setup);
    expect(left.objects.map(({ state }) => state)).toEqual(['missing', 'missing', 'missing', 'missing']);
    await eventually(async () => expect((await ask(FORGED)).sent[2]).toBe('boss'), 20_000);
  }, 40_000);

  it('refuses every request where MeshConfig lacks the provider', async () => {
    const unknown = { ...setup, provider: 'nobody-knows' };
    await mesh.edge('apply', unknown);
    await eventually(async () => expect((await ask({})).status).toBe(403), 20_000);
    await expectAll({}, { status: 403, version: 'none' });
    await mesh.edge('remove', unknown);
  }, 60_000);

  it('has taken all rights in deploy/rbac-edge.yaml, and no others', () => {
    const requests = testbed.apiServer.audit.requests();
    expect(requests.filter(({ code }) => code === 403)).toEqual([]);
    const used = new Set(requests.map(({ verb, group, resource }) => `${verb} ${group}/${resource}`));
    const unused = rightsIn('rbac-edge.yaml').filter((right) => !used.has(right));
    // The log calls an apply a patch, also where it makes the object.
    expect(unused.filter((right) => !right.startsWith('create '))).toEqual([]);
  });
});
