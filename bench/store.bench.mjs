import { RedisStore } from '../dist/src/adapters/store/redis/redis-store.js';
import { booleanFlag } from './boolean-flag.mjs';
import { median } from './measure.mjs';
import { startRedis } from './redis-server.mjs';
import { atLeast, atMost, row } from './row.mjs';

const WHO = { actor: 'token:bench', reason: 'For the benchmark' };

/** The least that a change costs Redis: compare, write, raise, log and wake, with texts that were made beforehand. */
const BARE = `
local stored = redis.call('HGET', KEYS[2], ARGV[1])
if tonumber(string.match(stored, '^%d+')) ~= tonumber(ARGV[2]) then return 0 end
local revision = redis.call('HINCRBY', KEYS[1], 'revision', 1)
redis.call('HSET', KEYS[2], ARGV[1], revision .. ' ' .. ARGV[3])
redis.call('XADD', KEYS[3], revision .. '-0', 'change', ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[1])
return revision`;

function flag(key, description = '') {
  const condition = { attribute: ['email'], operator: 'endsWith', value: '@corp.com' };
  return booleanFlag(key, {
    description: description.padEnd(200, '.'),
    owner: 'shop',
    tags: ['bench'],
    rules: Array.from({ length: 8 }, (_, index) => ({
      id: `r${index}`,
      condition,
      serve: { variant: 'on' },
    })),
  });
}

/** An environment of `count` flags, written in changes of 500. */
async function fill(store, environment, count) {
  await store.createEnvironment(environment, '', { ...WHO, edits: [], expected: {} });
  for (let from = 0; from < count; from += 500) {
    const keys = Array.from({ length: Math.min(500, count - from) }, (_, index) => `flag-${from + index}`);
    await store.commit(environment, {
      ...WHO,
      edits: keys.map((key) => ({ kind: 'flag', key, value: flag(key) })),
      expected: Object.fromEntries(keys.map((key) => [`flag/${key}`, 0])),
    });
  }
}

/** Wall time of one round, microseconds a change: `flights` at a time, each flight on flags of its own. */
async function round(changes, flights, change) {
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: flights }, async (_, flight) => {
      for (let done = 0; done < changes / flights; done += 1) await change(flight, done);
    }),
  );
  return ((performance.now() - begun) * 1_000) / changes;
}

async function commits({ store, redis, rounds, changes }) {
  await fill(store, 'commits', 1_000);
  const revisions = new Map();
  for (let index = 0; index < 1_000; index += 1) {
    revisions.set(`flag-${index}`, 0);
    await redis.hset('bare:documents', `flag/flag-${index}`, `0 ${JSON.stringify(flag(`flag-${index}`))}`);
  }
  const sha = await redis.script('LOAD', BARE);
  const image = await store.image('commits');
  const known = new Map(image.documents.list('flag').map(({ key, revision }) => [key, revision]));
  const ours = async (flight, done) => {
    const key = `flag-${flight}`;
    const edits = [{ kind: 'flag', key, value: flag(key, String(done)) }];
    const { revision } = await store.commit('commits', {
      ...WHO,
      edits,
      expected: { [`flag/${key}`]: known.get(key) },
    });
    known.set(key, revision);
  };
  const bare = async (flight, done) => {
    const key = `flag-${flight}`;
    const [before, after] = [
      JSON.stringify(flag(key, String(done - 1))),
      JSON.stringify(flag(key, String(done))),
    ];
    const change = `{"actor":"${WHO.actor}","documents":[{"kind":"flag","before":${before},"after":${after}}]}`;
    const keys = ['bare:meta', 'bare:documents', 'bare:log'];
    const revision = await redis.evalsha(
      sha,
      3,
      ...keys,
      `flag/${key}`,
      revisions.get(key),
      after,
      change,
      'bare:wake',
    );
    if (revision === 0) throw new Error('the bare script met another revision');
    revisions.set(key, revision);
  };
  const rows = [];
  for (const flights of [1, 50]) {
    const samples = [[], []];
    for (const change of [ours, bare]) await round(changes, flights, change);
    for (let done = 0; done < rounds; done += 1) {
      samples[0].push(await round(changes, flights, ours));
      samples[1].push(await round(changes, flights, bare));
    }
    const [value, reference] = samples.map(median);
    rows.push(
      row({
        case: `commit, ${flights} in flight`,
        metric: 'time of a change; ratio = rate to that of a bare script',
        unit: 'µs',
        value,
        reference,
        ratio: reference / value,
        goal: atLeast(0.6, 0.15),
      }),
    );
  }
  return rows;
}

/** CPU of a start on `count` flags, and of the least it takes: one text with all of them, read and parsed. */
async function start({ store, redis, url, count, rounds }) {
  const environment = `start-${count}`;
  await fill(store, environment, count);
  const blob = JSON.stringify(Array.from({ length: count }, (_, index) => flag(`flag-${index}`)));
  await redis.set(`blob-${count}`, blob);
  const samples = [[], []];
  for (let done = 0; done < rounds; done += 1) {
    samples[0].push(
      await cpu(async () => {
        const started = new RedisStore({ url });
        await started.open();
        const { documents } = await started.image(environment);
        if (documents.count('flag') !== count) throw new Error('flags are missing');
        return () => started.close();
      }),
    );
    samples[1].push(
      await cpu(async () => {
        if (JSON.parse(await redis.get(`blob-${count}`)).length !== count)
          throw new Error('flags are missing');
        return () => undefined;
      }),
    );
  }
  return samples.map(median);
}

/** CPU milliseconds of this process; what `work` returns cleans up behind it, outside the measurement. */
async function cpu(work) {
  globalThis.gc?.();
  const begun = process.cpuUsage();
  const cleanUp = await work();
  const { user, system } = process.cpuUsage(begun);
  await cleanUp();
  return (user + system) / 1_000;
}

/** The store on a real Redis, against the least that Redis and JSON.parse cost, in the same run. */
export async function run({ short }) {
  const rows = [];
  await withStore(async (context) => {
    rows.push(...(await commits({ ...context, rounds: short ? 5 : 15, changes: short ? 500 : 1_000 })));
  });
  const counts = short ? [10_000] : [10_000, 100_000];
  const perFlag = [];
  for (const count of counts) {
    await withStore(async (context) => {
      const [value, reference] = await start({ ...context, count, rounds: short ? 3 : 9 });
      perFlag.push(value / count);
      rows.push(
        row({
          case: `start with ${count} flags`,
          metric: 'CPU; reference: one GET and JSON.parse',
          unit: 'ms',
          value,
          reference,
          goal: atMost(2, 4),
        }),
      );
    });
  }
  if (perFlag.length === 2) {
    rows.push(
      row({
        case: 'start, 100,000 flags against 10,000',
        metric: 'CPU of a flag',
        unit: 'µs',
        value: perFlag[1] * 1_000,
        reference: perFlag[0] * 1_000,
        goal: atMost(1.5, 3),
      }),
    );
  }
  return rows;
}

async function withStore(use) {
  const { url, client, stop } = await startRedis();
  const store = new RedisStore({ url, mayInitialise: true });
  try {
    await store.open();
    await use({ store, redis: client, url });
  } finally {
    await store.close();
    await stop();
  }
}
