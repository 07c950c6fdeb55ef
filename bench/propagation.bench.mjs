import { createClient } from '@tidegate/sdk';
import { Listeners } from './clients/listeners-process.mjs';
import { flags } from './flag-mix.mjs';
import { startRedis } from './redis-server.mjs';
import { atMost, row } from './row.mjs';
import { ENVIRONMENT, Service } from './servers/service.mjs';

/**
 * From the request that changes a flag at one replica, just before it is sent, to the moment when an SDK client of
 * another replica answers by it. Two real services on one real Redis; the SDK is in this process. With a crowd, the SDK
 * client is the last to have connected, and so the last to be served.
 */
export async function run({ short }) {
  const redis = await startRedis();
  const opened = [redis];
  const keep = (thing) => (opened.push(thing), thing);
  try {
    const settings = { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url };
    const writer = keep(await Service.start(settings));
    const token = await writer.setUp({ flags: flags(1) });
    const reader = keep(await Service.start(settings));
    const idle = await times(writer, reader, token, short ? 60 : 300);
    const count = short ? 2_000 : 10_000;
    const crowd = keep(new Listeners());
    const request = `GET /api/v1/stream HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n\r\n`;
    await crowd.open(reader, request, count);
    const crowded = await times(writer, reader, token, short ? 20 : 100);
    return [
      latency('idle', idle, atMost(20, 400)),
      latency(`${count.toLocaleString('en')} streams at the other replica`, crowded, atMost(150, 1_500)),
    ];
  } finally {
    for (const thing of opened.toReversed()) await thing.stop();
  }
}

/** Milliseconds of each of `count` changes, one after the other. */
async function times(writer, reader, key, count) {
  const client = createClient({ url: reader.url, key });
  try {
    await client.ready();
    const samples = [];
    for (let round = 0; round < count + 5; round += 1) {
      const began = performance.now();
      const seen = heard(client);
      await writer.mutate('updateFlag', 'UpdateFlagInput', {
        environment: ENVIRONMENT,
        key: 'flag-0000',
        description: `Round ${round}`,
      });
      samples.push((await seen) - began);
      await new Promise((done) => setTimeout(done, 20));
    }
    return samples.slice(5).toSorted((a, b) => a - b);
  } finally {
    await client.close();
  }
}

function heard(client) {
  return new Promise((done) => {
    const stop = client.on('change', () => {
      stop();
      done(performance.now());
    });
  });
}

function latency(name, samples, goal) {
  const at = (share) => samples[Math.min(samples.length - 1, Math.floor(share * samples.length))];
  return row({
    case: name,
    metric: `write seen by an SDK elsewhere, p99 (p50: ${at(0.5).toFixed(1)})`,
    value: at(0.99),
    unit: 'ms',
    goal,
  });
}
