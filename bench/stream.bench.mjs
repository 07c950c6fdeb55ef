import { fileURLToPath } from 'node:url';
import { Listeners } from './clients/listeners-process.mjs';
import { flags } from './flag-mix.mjs';
import { atMost, row } from './row.mjs';
import { Contestant } from './servers/contestant.mjs';
import { ENVIRONMENT, Service } from './servers/service.mjs';

const RAW = fileURLToPath(new URL('./servers/raw-stream.mjs', import.meta.url));
const ROUNDS = 11;

/**
 * One change to many open streams, by the real service, beside node:http that sends the same bytes from a shared buffer.
 * Times run from the request that makes the change (with us a commit, flushed to disk) to the last client.
 */
export async function run({ short }) {
  const count = short ? 2_000 : 10_000;
  const service = await Service.start();
  let raw;
  try {
    const token = await service.setUp({ flags: flags(1) });
    raw = await Contestant.start(RAW);
    const frame = await frameOf(service, token);
    const ours = await prepare(service, count, {
      request: `GET /api/v1/stream HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n\r\n`,
      send: (mark) => describe(service, mark),
    });
    const theirs = await prepare(raw, count, {
      request: 'GET /stream HTTP/1.1\r\nhost: a\r\n\r\n',
      send: async (mark) => {
        const body = Buffer.concat([
          frame.subarray(0, frame.length - mark.length - 2),
          Buffer.from(`${mark}\n\n`),
        ]);
        await (await fetch(raw.url, { method: 'POST', body })).text();
      },
    });
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const side of [ours, theirs]) await broadcast(side, round);
    }
    for (const { listeners } of [ours, theirs]) listeners.stop();
    return rows(ours, theirs, count);
  } finally {
    await raw?.stop();
    await service.stop();
  }
}

/** A change of the usual size: one flag, whole. */
function describe(service, text) {
  return service.mutate('updateFlag', 'UpdateFlagInput', {
    environment: ENVIRONMENT,
    key: 'flag-0000',
    description: text,
  });
}

/** The bytes of a change, as a stream has them. */
async function frameOf(service, token) {
  const response = await fetch(`${service.url}/api/v1/stream`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const chunks = [];
  for await (const chunk of response.body) {
    if (chunks.length === 0) await describe(service, 'mark-000');
    chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const at = text.lastIndexOf('id: ');
    if (text.includes('event: delta') && text.endsWith('\n\n')) return Buffer.from(text.slice(at));
  }
}

async function prepare(contestant, count, { request, send }) {
  const listeners = new Listeners();
  const before = await contestant.rss();
  await listeners.open(contestant, request, count);
  const memory = ((await contestant.rss()) - before) / count / 1_024;
  await contestant.watch();
  return { contestant, listeners, send, memory, last: [], cpu: [], blocked: [] };
}

async function broadcast({ contestant, listeners, send, last, cpu, blocked }, round) {
  const mark = `mark-${String(100 + round)}`;
  const before = await contestant.cpu();
  await contestant.blocked();
  last.push((await listeners.hear(mark, () => send(mark))).last);
  blocked.push(await contestant.blocked());
  cpu.push((await contestant.cpu()) - before);
}

function rows(ours, theirs, count) {
  const of = (name) => ({ value: median(ours[name]), reference: median(theirs[name]) });
  const label = `${count.toLocaleString('en')} streams`;
  return [
    row({ case: label, metric: 'last client served', unit: 'ms', ...of('last'), goal: atMost(1.2, 2.5) }),
    row({ case: label, metric: 'CPU per change', unit: 'ms', ...of('cpu'), goal: atMost(1.2, 2) }),
    row({
      case: label,
      metric: 'memory per stream',
      unit: 'KiB',
      value: ours.memory,
      goal: atMost(14, 28),
    }),
    row({
      case: label,
      metric: 'longest block of the event loop',
      unit: 'ms',
      value: median(ours.blocked),
      goal: atMost(5, 50),
    }),
  ];
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
