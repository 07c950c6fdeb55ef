import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CountingServer } from '../../test/support/counting-server.js';
import { Exporter } from '../../test/support/exporter.js';
import { flagOf, guardOf } from '../../test/support/image.js';
import { leadEnvironment } from '../../test/support/led-environment.js';
import { PrometheusFront } from '../../test/support/prometheus-front.js';
import { startPrometheus, type TestPrometheus } from '../../test/support/prometheus.js';
import { SICK_ANSWERS, type Sickness } from '../../test/support/sick-answers.js';
import { eventually } from '../../test/mesh/testbed/eventually.js';
import { PrometheusMetricSource } from '../adapters/metrics/prometheus/prometheus-metric-source.js';
import { WebhookMetricSource } from '../adapters/metrics/webhook/webhook-metric-source.js';
import { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { Edit } from '../domain/documents.js';
import type { GuardRecord } from '../domain/guard/guard-record.js';
import type { TroubleCode } from '../domain/guard/trouble.js';
import { stateKey } from '../domain/image.js';
import { MetricSecrets } from '../outgoing/metric-secrets.js';
import { OutgoingCalls } from '../outgoing/outgoing-calls.js';
import { GuardWatcher } from './guard-watcher.js';
import { MetricSources } from './metric-sources.js';

const ENVIRONMENT = 'production';
const SECRET = 'TIDEGATE_TEST_SICK_SECRET';
const TARGET = { flag: 'checkout', new: 'on', control: 'off' };
const WAYS = Object.keys(SICK_ANSWERS) as Sickness[];
/** What takes longer than this has failed, ms: longer than any of these tests should take. */
const TIMEOUT = 120_000;

let folder: string;
let store: EmbeddedStore;
let exporter: Exporter;
let prometheus: TestPrometheus;
let front: PrometheusFront;
let counts: CountingServer;
let traffic: NodeJS.Timeout;
const ended = new AbortController();
let watching = Promise.resolve();

beforeAll(async () => {
  process.env[SECRET] = 'a secret that signs';
  folder = await mkdtemp(join(tmpdir(), 'tidegate-sick-'));
  store = new EmbeddedStore({ path: folder });
  await store.open();
  exporter = await Exporter.start();
  prometheus = await startPrometheus([exporter.target]);
  front = await new PrometheusFront(prometheus.url).start();
  front.treat = (body, response, query) => {
    const way = WAYS.find((one) => query.startsWith(one));
    if (way === undefined) response.end(JSON.stringify(body));
    else SICK_ANSWERS[way](response);
  };
  counts = await CountingServer.start(({ guard, from, to }, response) => {
    const way = WAYS.find((one) => guard.endsWith(one));
    if (way !== undefined) return void SICK_ANSWERS[way](response);
    const arm = { bad: 0, total: 50 };
    response.end(JSON.stringify({ from, to, new: arm, control: arm }));
  });
  traffic = setInterval(() => {
    for (const version of ['v1', 'v2']) exporter.add(`fine_total{version="${version}"}`, 10);
  }, 200);
  await watch();
}, 60_000);

afterAll(async () => {
  ended.abort();
  clearInterval(traffic);
  front?.stop().catch(() => undefined);
  counts?.close();
  await watching;
  await prometheus?.stop();
  await exporter?.gone();
  await store?.close();
  await rm(folder, { recursive: true, force: true });
  delete process.env[SECRET];
}, 60_000);

/** A guard on each source for each way to be sick, and one on each that is fine. */
function guards(): Edit[] {
  const arm = { label: 'version', new: 'v2', control: 'v1' };
  const both = { threshold: 0.05, target: TARGET, action: 'tell' } as const;
  return [...WAYS, 'fine'].flatMap((way) => [
    guardOf({
      ...both,
      key: `prometheus-${way}`,
      source: 'prometheus',
      query: { bad: `${way}_bad`, total: `${way}_total`, arm },
    }),
    guardOf({
      ...both,
      key: `webhook-${way}`,
      source: 'webhook',
      webhook: { url: counts.url, secretRef: `env:${SECRET}` },
    }),
  ]);
}

async function watch(): Promise<void> {
  const edits = [flagOf({ key: 'checkout', defaultVariant: 'on' }), ...guards()];
  const lease = await leadEnvironment(store, ENVIRONMENT, edits);
  const sources = new MetricSources([
    new PrometheusMetricSource({ url: front.url, timeout: TIMEOUT }),
    new WebhookMetricSource({
      calls: new OutgoingCalls([counts.address]),
      allowed: [counts.url],
      secrets: new MetricSecrets([`env:${SECRET}`]),
      timeout: TIMEOUT,
    }),
  ]);
  watching = new GuardWatcher(store, sources).run({ environment: ENVIRONMENT, lease, signal: ended.signal });
}

async function recordOf(guard: string): Promise<GuardRecord> {
  const { states } = await store.image(ENVIRONMENT);
  const found = states.get(stateKey.guard(guard, 'flag/checkout'))?.value as GuardRecord | undefined;
  if (found === undefined) throw new Error(`guard ${guard} was not looked at yet`);
  return found;
}

describe('a source that is sick', () => {
  it('delays no guard of its own kind whose answers come, and none of another source', async () => {
    await eventually(async () => {
      const fine = await Promise.all([recordOf('prometheus-fine'), recordOf('webhook-fine')]);
      expect(fine.map(({ state }) => state)).toEqual(['ok', 'ok']);
      expect(fine[0]?.windows).toBeGreaterThanOrEqual(8);
      expect(fine[1]?.windows).toBeGreaterThanOrEqual(2);
    }, 60_000);
    // The first questions are on their way still: what was judged meanwhile did not wait for them.
    for (const source of ['prometheus', 'webhook'])
      for (const way of ['hangs', 'drips'])
        expect(await recordOf(`${source}-${way}`)).toMatchObject({
          state: 'warming',
          windows: 0,
          trip: null,
        });
    for (const way of ['hangs', 'drips']) {
      expect(front.queries.filter((query) => query === `${way}_total`)).toHaveLength(1);
      expect(counts.asked.filter(({ data }) => data.guard === `webhook-${way}`)).toHaveLength(1);
    }
  }, 90_000);

  it.each<[string, RegExp, TroubleCode]>([
    ['prometheus-redirects', /answered 307/, 'ERROR_ANSWERED'],
    ['prometheus-floods', /more than 10 MB/, 'ANSWER_TOO_LARGE'],
    ['prometheus-breaks', /can't be reached/, 'UNREACHABLE'],
    ['webhook-redirects', /answered 307/, 'ERROR_ANSWERED'],
    ['webhook-floods', /longer than/, 'ANSWER_TOO_LARGE'],
    ['webhook-breaks', /can't be asked/, 'UNREACHABLE'],
  ])('leaves its guard blind, which says why: %s', async (guard, words, troubleCode) => {
    await eventually(async () => {
      expect(await recordOf(guard)).toMatchObject({
        state: 'blind',
        trouble: expect.stringMatching(words),
        troubleCode,
        windows: 0,
        trip: null,
      });
    }, 30_000);
  });
});
