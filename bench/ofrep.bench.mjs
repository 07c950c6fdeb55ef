import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Load, post } from './clients/load-process.mjs';
import { contexts, flags, segments } from './flag-mix.mjs';
import { atLeast, atMost, row } from './row.mjs';
import { Contestant } from './servers/contestant.mjs';
import { Service } from './servers/service.mjs';

const RAW = fileURLToPath(new URL('./servers/raw-ofrep.mjs', import.meta.url));
const COUNT = 200;
const ALL = '/ofrep/v1/evaluate/flags';

/**
 * OFREP with authentication by the real service, beside node:http doing the same by hand: CPU of the serving process per
 * request. 200 flags, 256 contexts, 32 connections.
 */
export async function run({ short }) {
  const load = new Load();
  const ours = await Service.start();
  let raw;
  try {
    const token = await ours.setUp({ flags: flags(COUNT), segments });
    raw = await Contestant.start(RAW, { env: { TOKEN: token, FLAGS: String(COUNT) } });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const bodies = contexts.map((context) => JSON.stringify({ context }));
    const keys = flags(COUNT).map(({ key }) => key);
    const one = bodies.map((body, index) => [`${ALL}/${keys[(index * 7) % COUNT]}`, body]);
    const all = bodies.map((body) => [ALL, body]);
    for (const asked of [...one, ...all]) await agree(ours, raw, asked, headers);
    const sides = [ours, raw].map((contestant) => ({ contestant }));
    const measure = (each, count) =>
      load.measure(
        sides.map((side, index) => ({ ...side, ...each(index) })),
        short ? count / 4 : count,
      );
    const asked = (list) => ({ requests: list.map(([path, body]) => post(path, headers, body)) });
    const single = await measure(() => asked(one), 4_000);
    const bulk = await measure(() => asked(all), 2_000);
    const tags = [await tagsOf(ours, all, headers), bodies.map(tagByHand)];
    const unchanged = await measure(
      (index) => ({
        requests: bodies.map((body, at) => post(ALL, { ...headers, 'if-none-match': tags[index][at] }, body)),
        status: 304,
      }),
      4_000,
    );
    return [
      speed('one flag', single, atLeast(0.85, 0.5)),
      cost('200 flags', bulk, atMost(1.3, 2)),
      speed('200 flags, unchanged (304)', unchanged, atLeast(0.85, 0.5)),
    ];
  } finally {
    load.stop();
    await raw?.stop();
    await ours.stop();
  }
}

/** Throws where the two answer differently. */
async function agree(ours, raw, [path, body], headers) {
  const answers = await Promise.all(
    [ours, raw].map(async ({ url }) => (await fetch(url + path, { method: 'POST', headers, body })).json()),
  );
  if (!isDeepStrictEqual(...answers)) throw new Error(`${path}: ${JSON.stringify(answers)}`);
}

/** The ETag that the server gives for each of the requests. */
function tagsOf({ url }, asked, headers) {
  return Promise.all(
    asked.map(async ([path, body]) => {
      const response = await fetch(url + path, { method: 'POST', headers, body });
      await response.arrayBuffer();
      return response.headers.get('etag');
    }),
  );
}

function tagByHand(body) {
  return `"${createHash('sha256').update(body).digest('hex')}"`;
}

function cost(name, figures, goal) {
  return row({ case: name, metric: 'CPU per request', unit: 'µs', ...figures, goal });
}

function speed(name, { ratio, ...figures }, goal) {
  return row({
    case: name,
    metric: 'CPU per request; ratio = speed',
    unit: 'µs',
    ...figures,
    ratio: 1 / ratio,
    goal,
  });
}
