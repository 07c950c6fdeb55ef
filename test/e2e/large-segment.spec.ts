import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import { App } from '../support/app.js';
import { AdminClient } from '../support/admin-client.js';
import { askOfrep } from '../support/ofrep.js';
import { Redis } from '../support/redis.js';
import { EventReader } from './event-reader.js';
import { until } from './until.js';

const ENVIRONMENT = 'production';
const PORTIONS = 10;
const PORTION = 10_000;
/** What ten keys may cost in the log and on the stream, bytes. */
const FEW_KILOBYTES = 2_000;

const key = (n: number): string => `customer-${String(n).padStart(12, '0')}`;
const keys = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => key(from + index));

interface Counted {
  readonly includedCount: number;
  readonly excludedCount: number;
  readonly revision: number;
}

describe.each(['embedded', 'redis'] as const)('a segment of 100,000 keys on the %s store', (kind) => {
  let redis: Redis | undefined;
  let app: App;
  let admin: AdminClient;
  let token: string;
  let client: TidegateClient;
  /** Revision that the client has. */
  let known = 0;
  let stream: EventReader;

  beforeAll(async () => {
    redis = kind === 'redis' ? await Redis.start() : undefined;
    app = await App.start({
      settings: redis === undefined ? {} : { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url },
    });
    admin = new AdminClient(app.url, app.token);
    await admin.do('createEnvironment', { key: ENVIRONMENT, description: '', reason: 'For a test' });
    token = await admin.makeToken(ENVIRONMENT, 'server');
    await write('createSegment', { key: 'customers' });
    await write('createFlag', {
      key: 'offer',
      type: 'boolean',
      variants: { on: true, off: false },
      enabled: true,
      defaultVariant: 'off',
      offVariant: 'off',
      rules: [
        {
          id: 'customers',
          condition: { operator: 'inSegment', value: 'customers' },
          serve: { variant: 'on' },
        },
      ],
    });
    client = createClient({ url: app.url, key: token });
    client.on('change', ({ revision }) => (known = revision));
    await client.ready();
    stream = await EventReader.open(`${app.url}/api/v1/stream`, { authorization: `Bearer ${token}` });
    await stream.next();
  }, 60_000);

  afterAll(async () => {
    stream?.close();
    await client?.close();
    await app?.stop();
    await redis?.stop();
  });

  function write(name: 'createSegment' | 'createFlag', input: object): Promise<unknown> {
    return admin.do(name, { environment: ENVIRONMENT, reason: 'For a test', ...input });
  }

  async function change(input: object): Promise<Counted> {
    const { segment } = await admin.do(
      'changeSegmentKeys',
      { environment: ENVIRONMENT, key: 'customers', reason: 'For a test', ...input },
      'segment { includedCount excludedCount revision }',
    );
    return segment as Counted;
  }

  const served = async (targetingKey: string): Promise<unknown> =>
    (await askOfrep({ url: app.url, token, flag: 'offer' }, { targetingKey })).value;

  /** What the service and the SDK serve, once the SDK has heard of a revision. */
  async function servedByBoth(revision: number, targetingKey: string): Promise<unknown[]> {
    await until(() => known >= revision);
    return [await served(targetingKey), client.boolean('offer', { targetingKey }, false)];
  }

  it('is filled in portions', async () => {
    for (let portion = 0; portion < PORTIONS; portion += 1) {
      const after = await change({ include: keys(portion * PORTION, PORTION) });
      expect(after.includedCount).toBe((portion + 1) * PORTION);
      await stream.next();
      expect(await servedByBoth(after.revision, key((portion + 1) * PORTION - 1))).toEqual([true, true]);
      expect(await servedByBoth(after.revision, key((portion + 1) * PORTION))).toEqual([false, false]);
    }
  }, 120_000);

  it('gets ten keys and loses ten, at the cost of these in the log and on the stream', async () => {
    const include = keys(200_000, 10);
    const forget = keys(5, 10);
    const after = await change({ include, forget });
    expect(after).toMatchObject({ includedCount: 100_000, excludedCount: 0 });
    const { event, data } = await stream.next();
    expect([event, data.length < FEW_KILOBYTES]).toEqual(['delta', true]);
    expect(JSON.parse(data)).toMatchObject({
      segments: [],
      segmentChanges: [{ key: 'customers', included: { added: include, removed: forget } }],
    });
    if (redis !== undefined) {
      const entry = await redis.ask('XREVRANGE', `tidegate:{${ENVIRONMENT}}:log`, '+', '-', 'COUNT', '1');
      expect(entry).toContain(include[0]);
      expect(entry.length).toBeLessThan(FEW_KILOBYTES);
    }
    expect(await servedByBoth(after.revision, key(200_009))).toEqual([true, true]);
    expect(await servedByBoth(after.revision, key(14))).toEqual([false, false]);
    expect(await servedByBoth(after.revision, key(15))).toEqual([true, true]);
  });

  it('says in its history what was added and removed, and not the rest', async () => {
    const { history } = await admin.run(
      `{ history(environment: "${ENVIRONMENT}", document: "segment/customers", first: 1) { changes {
        documents { kind key before after
          keys { included { added removed } excluded { added removed } } } } } }`,
    );
    const head = { key: 'customers', description: '', rules: [] };
    expect(history.changes[0]?.documents).toEqual([
      {
        kind: 'segment',
        key: 'customers',
        before: head,
        after: head,
        keys: {
          included: { added: keys(200_000, 10), removed: keys(5, 10) },
          excluded: { added: [], removed: [] },
        },
      },
    ]);
    expect(JSON.stringify(history).length).toBeLessThan(FEW_KILOBYTES);
  });

  it('has a change of its keys undone, and the undoing as well', async () => {
    const revision = async (): Promise<number> =>
      (await admin.run(`{ revision(environment: "${ENVIRONMENT}") }`)).revision;
    const changed = await revision();
    const undo = async (of: number): Promise<number> => {
      await admin.do('revert', { environment: ENVIRONMENT, revision: of, reason: 'For a test' });
      const { data } = await stream.next();
      expect(data.length).toBeLessThan(FEW_KILOBYTES);
      return revision();
    };
    const undone = await undo(changed);
    expect(await servedByBoth(undone, key(5))).toEqual([true, true]);
    expect(await servedByBoth(undone, key(200_000))).toEqual([false, false]);
    const { diff } = await admin.run(
      `{ diff(environment: "${ENVIRONMENT}", from: ${changed - 1}) { documents { key } } }`,
    );
    expect(diff.documents).toEqual([]);
    expect(await servedByBoth(await undo(undone), key(5))).toEqual([false, false]);
  });

  it('is changed elsewhere without its keys being sent again', async () => {
    await admin.do('updateSegment', {
      environment: ENVIRONMENT,
      key: 'customers',
      description: 'All of them',
      reason: 'For a test',
    });
    const { data } = await stream.next();
    expect(data.length).toBeLessThan(FEW_KILOBYTES);
    expect(JSON.parse(data)).toMatchObject({
      segmentChanges: [{ description: 'All of them', included: { added: [], removed: [] } }],
    });
  });

  it('moves a key from one list to the other', async () => {
    const after = await change({ exclude: [key(20)] });
    expect(after).toMatchObject({ includedCount: 99_999, excludedCount: 1 });
    await stream.next();
    expect(await servedByBoth(after.revision, key(20))).toEqual([false, false]);
    await change({ include: [key(20)] });
    await stream.next();
  });

  it('takes no more than 100,000', async () => {
    const refused = await admin.mutate('changeSegmentKeys', {
      environment: ENVIRONMENT,
      key: 'customers',
      include: [key(300_000)],
      reason: 'For a test',
    });
    expect(refused.userErrors).toEqual([
      { field: 'include', code: 'SEGMENT_TOO_LARGE', message: expect.stringContaining('at most 100000') },
    ]);
  });

  it('is read page by page', async () => {
    const page = async (first: number, after: string | null): Promise<string[]> => {
      const { segment } = await admin.run(
        `query ($first: Int, $after: String) {
          segment(environment: "${ENVIRONMENT}", key: "customers") { included(first: $first, after: $after) } }`,
        { first, after },
      );
      return segment?.included ?? [];
    };
    const first = await page(10_000, null);
    expect([first.length, first[0], first.at(-1)]).toEqual([10_000, key(0), key(10_009)]);
    expect(await page(2, key(199_999))).toEqual([key(200_000), key(200_001)]);
    expect(await page(2, key(200_009))).toEqual([]);
    await expect(page(10_001, null)).rejects.toMatchObject({ codes: ['INVALID_INPUT'] });
  });

  it('answers a repeated request as the first time, though the segment has changed since', async () => {
    const request = { include: [key(20)], exclude: [key(21)], idempotencyKey: 'once' };
    const first = await change(request);
    await stream.next();
    await change({ forget: keys(50, 100) });
    await stream.next();
    expect(await change(request)).toEqual(first);
  });

  it('is there again after a restart, to the last key', async () => {
    await app.restart();
    const again = new AdminClient(app.url, app.token);
    const { segment } = await again.run(
      `{ segment(environment: "${ENVIRONMENT}", key: "customers") { includedCount excluded } }`,
    );
    expect(segment).toEqual({ includedCount: 99_899, excluded: [key(21)] });
    for (const [targetingKey, isServed] of [
      [key(20), true],
      [key(21), false],
      [key(50), false],
      [key(150), true],
    ] as const)
      expect(await served(targetingKey)).toBe(isServed);
  }, 60_000);
});
