import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { eventually } from '../../../../test/mesh/testbed/eventually.js';
import { CountingServer, type CountsQuestion } from '../../../../test/support/counting-server.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { guardSchema } from '../../../domain/guard.js';
import { MetricSecrets } from '../../../outgoing/metric-secrets.js';
import { OutgoingCalls } from '../../../outgoing/outgoing-calls.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { WebhookMetricSource } from './webhook-metric-source.js';

const SECRET = 'TIDEGATE_TEST_COUNTS_SECRET';
const SECRETS = new MetricSecrets([`env:${SECRET}`]);
const START = 1_700_000_001_234;
const NOW = START + 12_000;
/** The end of the last span of 5 s that is over. */
const END = 1_700_000_010_000;

let server: CountingServer;
let source: WebhookMetricSource;

/** One that gives up after `timeout` ms. */
function sourceOf(allowed: string, timeout = 10_000): WebhookMetricSource {
  return new WebhookMetricSource({
    calls: new OutgoingCalls([server.address]),
    allowed: [allowed],
    secrets: SECRETS,
    timeout,
  });
}

beforeEach(async () => {
  process.env[SECRET] = 'a secret that signs';
  server = await CountingServer.start(answersWith({}));
  source = sourceOf(`http://${server.address}`);
});

afterEach(() => {
  server.close();
  delete process.env[SECRET];
});

/** Counts of the span that was asked for, but for what is given. */
function answersWith(given: object) {
  return ({ from, to }: CountsQuestion, response: ServerResponse) =>
    void response.end(JSON.stringify({ from, to, new: { bad: 1, total: 10 }, control: null, ...given }));
}

function request(
  key = 'orders',
  watermark = START,
  url = server.url,
  secretRef = `env:${SECRET}`,
): MetricRequest {
  const webhook = { url, secretRef };
  const guard = guardSchema.parse({ key, source: 'webhook', webhook, threshold: 0.1 });
  const arms = { new: 'on', control: 'off' };
  const subject = { environment: 'production', guard, on: 'flag/shop', arms, route: null, rule: null };
  return { subject, watermark, since: START };
}

async function readOnce(one: MetricRequest = request(), now = NOW): Promise<MetricReading> {
  const [reading] = await source.read([one], now);
  if (reading === undefined) throw new Error('no reading');
  return reading;
}

describe('the question', () => {
  it('names what is counted and the span since the watermark, signed', async () => {
    await readOnce();
    const [asked] = server.asked;
    expect(asked?.data).toEqual({
      environment: 'production',
      guard: 'orders',
      kind: 'ratio',
      subject: 'flag/shop',
      arms: { new: 'on', control: 'off' },
      route: null,
      rule: null,
      from: START,
      to: END,
    });
    expect(asked?.headers).toMatchObject({
      'webhook-id': `production.orders.flag/shop.${START}.${END}`,
      'webhook-signature': expect.stringMatching(/^v1,/),
    });
    expect(JSON.stringify(asked)).not.toContain('a secret');
  });

  it('goes to no server that is not listed, and needs a secret', async () => {
    source = sourceOf('http://127.0.0.1:1');
    const { unknown } = await readOnce();
    expect(unknown).toContain('is not listed in TIDEGATE_METRIC_WEBHOOKS');
    source = sourceOf(server.url);
    delete process.env[SECRET];
    expect(await readOnce()).toMatchObject({
      windows: [],
      unknown: expect.stringContaining(`env:${SECRET}`),
    });
    expect(server.asked).toEqual([]);
  });

  it('is signed with no secret that is not listed, and that is told as if there were none', async () => {
    const words = async (secretRef: string): Promise<string | undefined> => {
      const { unknown, code } = await readOnce(request('orders', START, server.url, secretRef));
      expect(code).toBe('NO_SOURCE');
      return unknown?.replace(secretRef, 'it');
    };
    expect(await words('env:PATH')).toBe(
      "the webhook can't be asked: TIDEGATE_METRIC_SECRETS does not list it, or there is no secret behind it",
    );
    expect(await words('env:NOT_SET_ANYWHERE')).toBe(await words('env:PATH'));
    delete process.env[SECRET];
    expect(await words(`env:${SECRET}`)).toBe(await words('env:PATH'));
    expect(server.asked).toEqual([]);
  });

  it('reaches no address that nothing may reach from here', async () => {
    source = new WebhookMetricSource({ calls: new OutgoingCalls(), allowed: [server.url], secrets: SECRETS });
    expect((await readOnce()).unknown).toContain('must not be called from here');
    expect(server.asked).toEqual([]);
  });

  it('is given up in time where nobody looks up its host', async () => {
    const calls = new OutgoingCalls([], () => new Promise(() => undefined));
    const url = 'http://nobody.test/counts';
    source = new WebhookMetricSource({
      calls,
      allowed: ['http://nobody.test'],
      secrets: SECRETS,
      timeout: 200,
    });
    const one = request('orders', START, url);
    await eventually(async () =>
      expect(await readOnce(one)).toMatchObject({ code: 'NO_ANSWER', windows: [] }),
    );
  });

  it('waits until five seconds are over', async () => {
    expect(await readOnce(request('orders', END - 4_000))).toMatchObject({ windows: [], unknown: null });
    expect(server.asked).toEqual([]);
  });
});

describe('the answer', () => {
  it('is one window, after which the next begins without gap', async () => {
    const first = await readOnce();
    expect(first).toMatchObject({
      windows: [{ from: START, to: END, new: { bad: 1, total: 10 }, control: null }],
      watermark: END,
      lost: 0,
    });
    await readOnce(request('orders', first.watermark), NOW + 5_000);
    expect(server.asked.map(({ data }) => [data.from, data.to])).toEqual([
      [START, END],
      [END, END + 5_000],
    ]);
  });

  it('may know less than was asked: the rest is asked for later', async () => {
    server.answers = answersWith({ to: START + 2_000 });
    expect(await readOnce()).toMatchObject({ windows: [{ to: START + 2_000 }], watermark: START + 2_000 });
    server.answers = answersWith({ to: START + 2_000 });
    expect(await readOnce(request('orders', START + 2_000))).toMatchObject({ windows: [], unknown: null });
  });

  it('without data in both arms moves the watermark and is no window', async () => {
    server.answers = answersWith({ new: null });
    expect(await readOnce()).toMatchObject({ windows: [], watermark: END, unknown: null });
  });

  it('says what is lost after a long time away', async () => {
    const now = START + 11 * 60_000;
    expect(await readOnce(request(), now)).toMatchObject({
      lost: 60_000,
      windows: [{ from: START + 60_000 }],
    });
  });

  const late: [string, object, string][] = [
    ['of a span that was asked before', { from: START - 5_000 }, 'give back the from of the question'],
    ['of a time to come', { to: END + 5_000 }, 'after the'],
    ['with a negative count', { new: { bad: -1, total: 3 } }, 'wrong at new.bad'],
  ];
  it.each(late)('%s is refused in words, and nothing moves', async (_, given, words) => {
    server.answers = answersWith(given);
    const reading = await readOnce();
    expect(reading).toMatchObject({ windows: [], watermark: START, unknown: expect.stringContaining(words) });
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['NaN', (response) => void response.end('{"from":NaN}'), 'answer is no JSON'],
    ['500', (response) => void response.writeHead(500).end('x'), 'it answered 500'],
    [
      'a redirect',
      (response) => void response.writeHead(307, { location: server.url }).end(),
      'it answered 307',
    ],
    ['10 MB', (response) => void response.end(Buffer.alloc(10_000_000, 32)), 'longer than 1048576 bytes'],
    ['a closed connection', (response) => void response.destroy(), "can't be asked"],
  ])('that is %s is refused in words', async (_, answer, words) => {
    server.answers = (_question, response) => answer(response);
    await eventually(async () => {
      expect(await readOnce()).toMatchObject({ windows: [], unknown: expect.stringContaining(words) });
    }, 10_000);
    expect(server.asked).toHaveLength(1);
  });

  it('that stops half-way is given up, and counts for nothing', async () => {
    source = sourceOf(server.url, 300);
    server.answers = (_question, response) => void response.write('{"from":');
    expect(await readOnce()).toMatchObject({
      windows: [],
      unknown: "the webhook can't be asked: no answer in time",
    });
  });
});

describe('a webhook that hangs', () => {
  it('holds up no other guard, is asked once at a time, and its answer counts when it comes', async () => {
    source = sourceOf(server.url);
    const held: (() => void)[] = [];
    server.answers = (question, response) => {
      if (question.guard === 'quick') answersWith({})(question, response);
      else held.push(() => answersWith({})(question, response));
    };
    const [slow, quick] = await source.read([request('slow'), request('quick')], NOW);
    expect([slow?.windows.length, quick?.windows.length]).toEqual([0, 1]);
    expect(slow?.unknown).toBeNull();
    expect(await readOnce(request('slow'))).toMatchObject({ windows: [] });
    expect(server.asked.filter(({ data }) => data.guard === 'slow')).toHaveLength(1);
    for (const answer of held) answer();
    await eventually(async () => {
      expect(await readOnce(request('slow'))).toMatchObject({ windows: [{ from: START, to: END }] });
    }, 10_000);
  }, 30_000);

  it('gets so many connections at a time and no more, however many guards ask it, and holds up no other server', async () => {
    const other = await CountingServer.start(answersWith({}));
    const calls = new OutgoingCalls([server.address, other.address]);
    source = new WebhookMetricSource({ calls, allowed: [server.url, other.url], secrets: SECRETS });
    const held: (() => void)[] = [];
    server.answers = (question, response) => void held.push(() => answersWith({})(question, response));
    const many = Array.from({ length: 60 }, (_, i) => request(`slow-${i}`));
    await source.read(many, NOW);
    await eventually(async () => {
      expect(await readOnce(request('quick', START, other.url))).toMatchObject({ windows: [{ to: END }] });
    });
    other.close();
    await eventually(() => expect(server.open).toBe(32));
    await source.read(many, NOW);
    expect(server.open).toBe(32);
    await eventually(() => {
      for (const answer of held.splice(0)) answer();
      expect(new Set(server.asked.map(({ data }) => data.guard)).size).toBe(60);
    }, 10_000);
    expect(server.busiest).toBe(32);
  }, 30_000);

  it('is no news for a record that began anew in the meantime', async () => {
    source = sourceOf(server.url, 300);
    let answer = (): void => undefined;
    server.answers = (question, response) => (answer = () => answersWith({})(question, response));
    await readOnce();
    answer();
    server.answers = (_question, response) => void response.writeHead(500).end();
    const anew = await readOnce(request('orders', NOW), NOW + 10_000);
    expect(anew.windows).toEqual([]);
    expect(anew.watermark).toBe(NOW);
  });
});
