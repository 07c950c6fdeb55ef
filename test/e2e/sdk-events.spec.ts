import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReporterStats } from '@tidegate/sdk';
import { message, ScriptedClient, snapshot, stream } from './scripted-client.js';
import { until } from './until.js';

interface Body {
  readonly client: string;
  readonly sequence: number;
  readonly counts: { readonly event: string; readonly count: number; readonly sum: number }[];
}

const TAKEN = '{"applied":true,"dropped":0}';

function sumOf({ delivered, waiting, dropped }: ReporterStats): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, delivered + waiting);
}

describe('counts of the SDK', () => {
  let sdk: ScriptedClient;
  let bodies: Body[];
  /** When each body had come, ms. */
  let times: number[];
  let answer: (body: Body, res: ServerResponse) => unknown;
  let events: string[];

  function take(req: IncomingMessage, res: ServerResponse): void {
    let text = '';
    req.on('data', (chunk) => (text += String(chunk)));
    req.on('end', () => {
      const body = JSON.parse(text) as Body;
      bodies.push(body);
      times.push(performance.now());
      answer(body, res);
    });
  }

  beforeEach(async () => {
    bodies = [];
    times = [];
    events = ['failed'];
    answer = (_, res) => res.writeHead(200).end(TAKEN);
    sdk = new ScriptedClient();
    await sdk.start();
    sdk.server.script = (req, res) => {
      if (req.url === '/api/v1/events') return take(req, res);
      const known = Object.fromEntries(events.map((event) => [event, ['new-checkout']]));
      stream(res, message('snapshot', { ...snapshot(1, true), events: known } as never));
    };
  });
  afterEach(() => sdk.stop());

  it('are sent again under their number until answered, and nothing else before', async () => {
    let refusals = 2;
    answer = (_, res) => (refusals-- > 0 ? res.writeHead(503).end() : res.writeHead(200).end(TAKEN));
    const client = sdk.connect();
    await client.ready();
    void sdk.isOn;
    await until(() => bodies.length >= 1);
    void sdk.isOn;
    void sdk.isOn;
    await until(() => bodies.length >= 4);
    expect(bodies.map(({ sequence }) => sequence)).toEqual([1, 1, 1, 2]);
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[3]?.counts).toMatchObject([{ event: 'exposures', count: 2, sum: 2 }]);
    expect(new Set(bodies.map((body) => body.client)).size).toBe(1);
    await until(() => client.stats().delivered === 3);
    expect(client.stats().failures).toBe(2);
  });

  it('are given up where the server refuses them, which is told, and later ones go on', async () => {
    answer = (body, res) => res.writeHead(body.sequence === 1 ? 400 : 200).end(TAKEN);
    const client = sdk.connect();
    await client.ready();
    void sdk.isOn;
    await until(() => sdk.errors.length === 1);
    expect(sdk.codes).toEqual(['COUNTS_DROPPED']);
    client.track('failed', {}, 2.5);
    await until(() => bodies.length === 2);
    expect(bodies[1]).toMatchObject({ sequence: 2, counts: [{ event: 'failed', count: 1, sum: 2.5 }] });
    await until(() => client.stats().delivered === 1);
    expect(client.stats()).toMatchObject({ counted: 2, dropped: { refused: 1 }, waiting: 0 });
  });

  it('are halved where the server finds them too large, and none is counted twice', async () => {
    events = Array.from({ length: 40 }, (_, i) => `event-${i}`);
    const applied: Body['counts'][number][] = [];
    answer = (body, res) => {
      if (body.counts.length > 12) return res.writeHead(413).end();
      applied.push(...body.counts);
      return res.writeHead(200).end(TAKEN);
    };
    const client = sdk.connect({ flushInterval: 60_000 });
    await client.ready();
    for (const event of events) client.track(event, {}, 3);
    await client.flush();
    expect(applied.map(({ event }) => event).sort()).toEqual([...events].sort());
    expect(client.stats()).toMatchObject({ counted: 40, delivered: 40, waiting: 0 });
    const numbers = bodies.map(({ sequence }) => sequence);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const before = bodies.length;
    for (const event of events) client.track(event, {}, 3);
    await client.flush();
    expect(bodies.slice(before).every(({ counts }) => counts.length <= 12)).toBe(true);
  });

  it('are not taken for delivered where a proxy says 200 with a page of its own', async () => {
    let pages = 2;
    answer = (_, res) => {
      res.writeHead(200, { 'content-type': pages > 0 ? 'text/html' : 'application/json' });
      return res.end(pages-- > 0 ? '<h1>Sign in</h1>' : TAKEN);
    };
    const client = sdk.connect();
    await client.ready();
    void sdk.isOn;
    await client.flush();
    expect(bodies.map(({ sequence }) => sequence)).toEqual([1, 1, 1]);
    expect(client.stats()).toMatchObject({ delivered: 1, failures: 2 });
  });

  it.each<[string, number, () => Record<string, string>]>([
    ['seconds', 429, () => ({ 'retry-after': '1' })],
    ['seconds', 503, () => ({ 'retry-after': '1' })],
    [
      "a date by the server's clock",
      429,
      () => ({
        date: 'Thu, 26 Nov 2026 12:00:00 GMT',
        'retry-after': 'Thu, 26 Nov 2026 12:00:01 GMT',
      }),
    ],
  ])('leave the server alone as long as Retry-After says: %s with %i', async (_, status, headers) => {
    answer = (body, res) =>
      bodies.length === 1 ? res.writeHead(status, headers()).end() : res.writeHead(200).end(TAKEN);
    const client = sdk.connect({ flushInterval: 100 });
    await client.ready();
    void sdk.isOn;
    await client.flush();
    expect(bodies.map(({ sequence }) => sequence)).toEqual([1, 1]);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it.each(['-7', '1e3', 'soon', 'Thu, 26 Nov 1996 12:00:00 GMT', ''])(
    'go on as usual after a Retry-After that makes no sense: "%s"',
    async (header) => {
      answer = (_, res) =>
        bodies.length === 1
          ? res.writeHead(429, { 'retry-after': header }).end()
          : res.writeHead(200).end(TAKEN);
      const client = sdk.connect();
      await client.ready();
      void sdk.isOn;
      await client.flush();
      expect(client.stats()).toMatchObject({ delivered: 1, failures: 1 });
    },
  );

  it('wait while the server asks for ten years, and close does not', async () => {
    answer = (_, res) => res.writeHead(429, { 'retry-after': '315360000' }).end();
    const client = sdk.connect();
    await client.ready();
    void sdk.isOn;
    await until(() => client.stats().failures === 1);
    await client.flush({ timeout: 500 });
    expect(bodies).toHaveLength(1);
    await client.close({ timeout: 60_000 });
    expect(bodies).toHaveLength(2);
    expect(client.stats()).toMatchObject({ counted: 1, waiting: 0, dropped: { closed: 1 } });
  });

  it('are delivered as soon as a batch is full, however slow the clock', async () => {
    events = Array.from({ length: 1_600 }, (_, i) => `event-${i}`);
    const client = sdk.connect({ flushInterval: 60_000 });
    await client.ready();
    for (const event of events) client.track(event, {});
    await until(() => client.stats().delivered === 1_600);
    expect(bodies[0]?.counts).toHaveLength(1_500);
  });

  it('come in batches of at most half a mebibyte', async () => {
    events = Array.from({ length: 1_400 }, (_, i) => `event-${i}-${'x'.repeat(600)}`);
    const client = sdk.connect({ flushInterval: 60_000 });
    await client.ready();
    for (const event of events) client.track(event, {});
    await client.flush();
    const sizes = bodies.map((body) => Buffer.byteLength(JSON.stringify(body)));
    expect(sizes.length).toBeGreaterThan(1);
    for (const size of sizes) expect(size).toBeLessThan(525_000);
    expect(client.stats()).toMatchObject({ delivered: 1_400, waiting: 0 });
  });

  it('that events bring but no guard asks for are ignored, and so are values that are no number', async () => {
    const client = sdk.connect();
    await client.ready();
    client.track('unknown', {});
    client.track('failed', {}, NaN);
    client.track('failed', {}, Infinity);
    client.track('failed', {});
    await client.flush();
    expect(bodies.flatMap(({ counts }) => counts)).toMatchObject([{ event: 'failed', count: 1, sum: 1 }]);
  });

  it('that the server could not place are told apart', async () => {
    answer = (_, res) => res.writeHead(200).end('{"applied":true,"dropped":1}');
    const client = sdk.connect();
    await client.ready();
    client.track('failed', {});
    await client.flush();
    expect(client.stats()).toMatchObject({ delivered: 1, unknownSeries: 1 });
  });

  it('are delivered when flush resolves, those of a batch that failed at first too', async () => {
    let refusals = 3;
    answer = (_, res) => (refusals-- > 0 ? res.destroy() : res.writeHead(200).end(TAKEN));
    const client = sdk.connect({ flushInterval: 60_000 });
    await client.ready();
    void sdk.isOn;
    client.track('failed', {});
    await client.flush();
    expect(client.stats()).toMatchObject({ counted: 2, delivered: 2, waiting: 0, failures: 3 });
    void sdk.isOn;
    await Promise.all([client.flush(), client.flush()]);
    expect(client.stats()).toMatchObject({ counted: 3, delivered: 3, waiting: 0 });
  });

  it('stay waiting when flush has waited long enough', async () => {
    answer = () => undefined;
    const client = sdk.connect();
    await client.ready();
    void sdk.isOn;
    await client.flush({ timeout: 50 });
    expect(client.stats()).toMatchObject({ counted: 1, waiting: 1, delivered: 0 });
  });

  it('hold to the sum: what was counted is delivered, waiting or dropped for a reason', async () => {
    const answers = [200, 503, 400, 413, 200, 500, 429, 200];
    answer = (_, res) => res.writeHead(answers[bodies.length % answers.length] ?? 200).end(TAKEN);
    events = ['a', 'b', 'c', 'd'];
    const client = sdk.connect();
    await client.ready();
    for (let i = 0; i < 40; i += 1) {
      void sdk.isOn;
      client.track(events[i % 4] ?? '', {}, i === 7 ? Number.MAX_VALUE : 1);
      if (i % 5 === 0) await client.flush({ timeout: 20 });
      const stats = client.stats();
      expect(stats.counted).toBe(2 * (i + 1));
      expect(sumOf(stats)).toBe(stats.counted);
      expect(stats.waiting).toBeGreaterThanOrEqual(0);
    }
    await client.close();
    expect(client.stats().waiting).toBe(0);
    expect(sumOf(client.stats())).toBe(80);
  });

  it('are applied exactly once, whatever gets lost on the way', async () => {
    let last = 0;
    let applied = 0;
    let turn = 0;
    /** As the store: no number that is not above the last one. */
    const apply = ({ sequence, counts }: Body): void => {
      if (sequence <= last) return;
      last = sequence;
      applied += counts.reduce((sum, { count }) => sum + count, 0);
    };
    answer = (body, res) => {
      turn += 1;
      const fate = turn % 7;
      if (fate === 1) return res.writeHead(503).end();
      if (fate === 2 && body.counts.length > 1) return res.writeHead(413).end();
      if (fate === 3) return res.destroy();
      apply(body);
      // applied, but nobody hears of it
      if (fate === 4) return res.destroy();
      if (fate === 5) return res.writeHead(502).end();
      return res.writeHead(200).end(TAKEN);
    };
    events = Array.from({ length: 9 }, (_, i) => `event-${i}`);
    const client = sdk.connect();
    await client.ready();
    for (let round = 0; round < 6; round += 1) {
      for (const event of events) client.track(event, {});
      void sdk.isOn;
      await client.flush({ timeout: 60_000 });
    }
    expect(client.stats()).toMatchObject({ counted: 60, delivered: 60, waiting: 0 });
    expect(applied).toBe(60);
  }, 60_000);

  it('are not multiplied by contexts, however many and however strange', async () => {
    const client = sdk.connect({ flushInterval: 60_000 });
    await client.ready();
    for (let i = 0; i < 5_000; i += 1) {
      const context = { targetingKey: `user-${i}`, [`attribute-${i}`]: 'x'.repeat(i % 100) };
      client.boolean('new-checkout', context, false);
      client.track('failed', context);
      client.boolean(`flag-${i}`, context, false);
      client.track(`event-${i}`, context);
    }
    await client.flush();
    expect(bodies.flatMap(({ counts }) => counts)).toHaveLength(2);
    expect(client.stats()).toMatchObject({ counted: 10_000, delivered: 10_000 });
  });

  it('are delivered on close, and nothing is counted after it', async () => {
    const client = sdk.connect({ flushInterval: 60_000 });
    await client.ready();
    void sdk.isOn;
    await client.close();
    expect(bodies).toHaveLength(1);
    expect(sdk.isOn).toBe(true);
    client.track('failed', {});
    await client.flush();
    await client.close();
    expect(bodies).toHaveLength(1);
    expect(client.stats()).toMatchObject({ counted: 1, delivered: 1 });
    expect(client.status).toBe('closed');
    await expect(client.ready()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('are tried again while close has time', async () => {
    let refusals = 2;
    answer = (_, res) => (refusals-- > 0 ? res.writeHead(503).end() : res.writeHead(200).end(TAKEN));
    const client = sdk.connect({ flushInterval: 60_000 });
    await client.ready();
    void sdk.isOn;
    await client.close({ timeout: 20_000 });
    expect(client.stats()).toMatchObject({ delivered: 1, failures: 2 });
  });

  it('do not keep close beyond its time though the server never answers, and it says what is lost', async () => {
    answer = () => undefined;
    const client = sdk.connect({ flushInterval: 60_000 });
    await client.ready();
    void sdk.isOn;
    await client.close({ timeout: 100 });
    expect(sdk.codes).toContain('COUNTS_DROPPED');
    expect(client.stats()).toMatchObject({ waiting: 0, dropped: { closed: 1 } });
  });
});
