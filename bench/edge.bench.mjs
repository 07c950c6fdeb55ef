import { fileURLToPath } from 'node:url';
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Load } from './clients/load-process.mjs';
import { atLeast, atMost, row } from './row.mjs';
import { Contestant, freePort } from './servers/contestant.mjs';
import { ENVIRONMENT, Service } from './servers/service.mjs';

const BARE = fileURLToPath(new URL('./servers/bare-edge.mjs', import.meta.url));
const GRPC_LOAD = new URL('./clients/grpc-load.mjs', import.meta.url);
const ISSUER = 'https://id.example.com';
const HOST = 'shop.example.com';
const USERS = 256;

/**
 * The edge in the real service beside a bare grpc-js server that gives the same checks a constant answer: CPU of the
 * serving process per check. 32 checks at once; each has the headers that a browser sends; 256 users, whose tokens are
 * known, and 256 anonymous browsers.
 */
export async function run({ short }) {
  const load = new Load(GRPC_LOAD);
  const port = await freePort();
  const ours = await Service.start({
    TIDEGATE_EDGE_PORT: String(port),
    VISITOR_SECRET: 'for the cookies of a measurement',
  });
  const bare = [];
  try {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    await setUp(ours, { ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k1' });
    for (const READ of ['bytes', 'message']) bare.push(await startBare(READ));
    const edge = await Edge.open(ours, port);
    const users = await Promise.all(Array.from({ length: USERS }, (_, index) => userOf(privateKey, index)));
    const visitors = await Promise.all(users.map(() => visitorOf(port)));
    const count = short ? 1_000 : 4_000;
    const against = (other, requests) => load.measure(sidesOf(edge, other, requests), count);
    const before = await timesOf(ours);
    const known = await against(bare[0], users);
    const decoded = await against(bare[1], users);
    const anonymous = await against(bare[0], visitors);
    const own = slowestOf(before, await timesOf(ours), 0.99);
    const anew = await uncached(load, edge, privateKey, short ? 1_000 : 4_000);
    return [
      speed('a user whose token is known, beside one that reads nothing', known, atLeast(0.9, 0.7)),
      speed('the same, beside one that reads the message', decoded, atLeast(0.9, 0.7)),
      speed(
        'an anonymous browser with its cookie, beside one that reads nothing',
        anonymous,
        atLeast(0.9, 0.7),
      ),
      row({ case: 'own time of these', metric: 'p99', unit: 'ms', value: own, goal: atMost(1, 3) }),
      row({
        case: 'a user whose token is not known (ES256)',
        metric: 'CPU per check',
        unit: 'µs',
        value: anew,
      }),
      row({
        case: 'the service while nobody asks',
        metric: 'CPU, taken off',
        unit: '‰',
        value: edge.idle * 1_000,
      }),
    ];
  } finally {
    load.stop();
    for (const server of bare) await server.contestant.stop();
    await ours.stop();
  }
}

/**
 * The edge as a contestant. What the service uses while nobody asks it, for its other work, is taken off: how long a round
 * takes on a busy machine is no cost of a check. Of three looks the least counts: too much taken off would flatter us.
 */
class Edge {
  #service;

  /** `idle`: CPU in ms that the service uses in a ms of idling. */
  constructor(service, port, idle) {
    this.#service = service;
    this.port = port;
    this.idle = idle;
  }

  static async open(service, port) {
    let least = Infinity;
    for (let window = 0; window < 3; window += 1) {
      const [start, before] = [performance.now(), await service.cpu()];
      await new Promise((done) => setTimeout(done, 1_500));
      least = Math.min(least, ((await service.cpu()) - before) / (performance.now() - start));
    }
    return new Edge(service, port, least);
  }

  async cpu() {
    return (await this.#service.cpu()) - performance.now() * this.idle;
  }
}

async function setUp(ours, jwk) {
  await ours.setUp({
    segments: [
      {
        key: 'employees',
        rules: [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }],
      },
    ],
  });
  const pairs = [{ attribute: 'groups', claim: ['groups'] }];
  const identity = { issuer: ISSUER, audience: 'shop', algorithms: ['ES256'], jwks: { keys: [jwk] }, pairs };
  await ours.mutate('setIdentity', 'SetIdentityInput', { environment: ENVIRONMENT, identity });
  const visitors = { secretRef: 'env:VISITOR_SECRET' };
  await ours.mutate('setVisitors', 'SetVisitorsInput', { environment: ENVIRONMENT, visitors });
  for (const key of ['checkout', 'search', 'account']) {
    await ours.mutate('createRoute', 'CreateRouteInput', {
      environment: ENVIRONMENT,
      key,
      service: `${key}.shop.svc.cluster.local`,
      gateways: [{ name: `shop/${key}`, hosts: [HOST] }],
      versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
      rules: [
        {
          id: 'employees',
          condition: { operator: 'inSegment', value: 'employees' },
          serve: { version: 'v2' },
        },
      ],
      affinity: 'cookie',
      default: 'v1',
    });
  }
}

async function startBare(READ) {
  const port = await freePort();
  const contestant = await Contestant.start(BARE, { env: { READ, EDGE_PORT: String(port) } });
  return { contestant, port, cpu: () => contestant.cpu() };
}

const sidesOf = (edge, other, requests) =>
  [edge, other].map((contestant) => ({ contestant, requests, status: 'OK' }));

/** CPU per check of users whose tokens come for the first time. */
async function uncached(load, edge, key, count) {
  const requests = await Promise.all(Array.from({ length: count }, (_, index) => userOf(key, index + USERS)));
  const before = await edge.cpu();
  await load.send(edge, { requests, count, status: 'OK' });
  return (((await edge.cpu()) - before) * 1_000) / count;
}

const definition = loadSync('proto/envoy/service/auth/v3/external_auth.proto', {
  keepCase: true,
  enums: String,
});
const { Authorization } = loadPackageDefinition(definition).envoy.service.auth.v3;

/** A check as Envoy sends it, in base64. */
function checkOf(own) {
  const headers = {
    ':authority': HOST,
    ':method': 'GET',
    ':path': '/checkout/cart?step=2',
    ':scheme': 'https',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'accept-encoding': 'gzip, deflate, br, zstd',
    'accept-language': 'de-CH,de;q=0.9,en;q=0.7',
    'cache-control': 'max-age=0',
    referer: `https://${HOST}/`,
    'sec-fetch-dest': 'document',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-site': 'same-origin',
    'upgrade-insecure-requests': '1',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    'x-envoy-internal': 'true',
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-request-id': '0b6f1a5e-8f0e-4b0e-9a61-7a3f5b1c2d4e',
    ...own,
  };
  const http = { method: 'GET', path: headers[':path'], host: HOST, scheme: 'https', headers };
  const check = { attributes: { request: { http } } };
  return Authorization.service.Check.requestSerialize(check).toString('base64');
}

async function userOf(key, index) {
  const claims = {
    sub: `user-${index}`,
    groups: ['staff', 'employees'],
    name: 'Somebody',
    email: 'somebody@example.com',
  };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'JWT' })
    .setIssuer(ISSUER)
    .setAudience('shop')
    .setExpirationTime('1h')
    .sign(key);
  return checkOf({ authorization: `Bearer ${token}`, cookie: 'theme=dark; consent=yes' });
}

/** Asks the edge for an id until it issues one. */
async function visitorOf(port) {
  const { credentials } = await import('@grpc/grpc-js');
  const client = new Authorization(`127.0.0.1:${port}`, credentials.createInsecure());
  try {
    for (let tries = 0; tries < 200; tries += 1) {
      const http = { host: HOST, headers: {} };
      const { ok_response: ok } = await new Promise((resolve, reject) => {
        client.Check({ attributes: { request: { http } } }, (error, answer) =>
          error === null ? resolve(answer) : reject(error),
        );
      });
      const cookie = ok.response_headers_to_add?.[0]?.header.value.split(';')[0];
      if (cookie !== undefined) return checkOf({ cookie: `theme=dark; ${cookie}; consent=yes` });
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error('the edge issues no id');
  } finally {
    client.close();
  }
}

/** Decisions so far by the longest time that they took, in s. */
async function timesOf({ url }) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.matchAll(/^tidegate_edge_decision_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm);
  return [...lines].map(([, limit, count]) => ({
    limit: limit === '+Inf' ? Infinity : Number(limit),
    count: Number(count),
  }));
}

/** The time in ms that this share of the decisions between two readings kept within; of a bucket, its limit. */
function slowestOf(before, after, share) {
  const counts = after.map(({ limit, count }, index) => ({ limit, count: count - before[index].count }));
  const needed = counts.at(-1).count * share;
  return counts.find(({ count }) => count >= needed).limit * 1_000;
}

function speed(name, { ratio, ...figures }, goal) {
  return row({
    case: name,
    metric: 'CPU per check; ratio = speed',
    unit: 'µs',
    ...figures,
    ratio: 1 / ratio,
    goal,
  });
}
