import { afterEach, describe, expect, it } from '@jest/globals';
import type { BoundClient, TidegateClient } from '../client/index.js';
import { valueFlag } from '../client/value-flag.js';
import { createTestClient, type TestClient } from './index.js';

/** Code under test, that knows nothing of tests. */
function checkout(tidegate: TidegateClient, user: string): string {
  if (!tidegate.boolean('new-checkout', { targetingKey: user, email: `${user}@example.com` }, false))
    return 'old';
  tidegate.track('checkout-started', { targetingKey: user }, 2);
  return tidegate.string('checkout-theme', {}, 'light');
}

describe('a test client', () => {
  let client: TestClient;
  afterEach(() => client.close());

  it('is ready at once, and answers what was set, else the default', async () => {
    client = createTestClient({ flags: { 'new-checkout': true } });
    expect(client.status).toBe('ready');
    await client.ready();
    expect(checkout(client, 'ann')).toBe('light');
    client.set('checkout-theme', 'dark');
    expect(checkout(client, 'ann')).toBe('dark');
    client.set('new-checkout', false);
    expect(checkout(client, 'ann')).toBe('old');
    client.remove('checkout-theme');
    expect(client.details('checkout-theme', {}, 'x')).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
  });

  it.each([[true], [false], ['x'], [''], [7], [0.5], [{ a: [1, null] }], [[1]]])('answers %j', (value) => {
    client = createTestClient({ flags: { it: value } });
    expect(client.details('it', {}, null).value).toEqual(value);
  });

  it('keeps what was evaluated and tracked, until it is cleared', () => {
    client = createTestClient({ flags: { 'new-checkout': true }, privateAttributes: ['email'] });
    checkout(client, 'ann');
    expect(client.evaluated).toMatchObject([
      { flag: 'new-checkout', value: true, context: { targetingKey: 'ann' }, details: { variant: 'on' } },
      { flag: 'checkout-theme', value: 'light', details: { errorCode: 'FLAG_NOT_FOUND' } },
    ]);
    expect(client.evaluated[0]?.context).toEqual({ targetingKey: 'ann' });
    expect(client.tracked).toEqual([
      { event: 'checkout-started', value: 2, context: { targetingKey: 'ann' } },
    ]);
    client.clear();
    expect([client.evaluated, client.tracked]).toEqual([[], []]);
  });

  it('keeps what bound clients do too, and tells listeners at once', () => {
    client = createTestClient({ flags: { width: 10 }, defaultContext: { region: 'eu' } });
    const told: unknown[] = [];
    const stop = client.onFlagChange('width', {}, (change) => void told.push(change));
    const bound: BoundClient = client.forContext({ targetingKey: 'ann' });
    bound.onFlagChange('width', ({ after }) => void told.push(after));
    client.set('width', 20);
    expect(bound.integer('width', 0)).toBe(20);
    bound.track('widened');
    stop();
    client.set('width', 30);
    expect(told).toEqual([{ flag: 'width', before: 10, after: 20 }, 20, 30]);
    expect(client.evaluated[0]?.context).toEqual({ region: 'eu', targetingKey: 'ann' });
    expect(client.tracked).toMatchObject([{ event: 'widened', value: 1 }]);
  });

  it('goes by rules where it is given documents', () => {
    client = createTestClient();
    client.setFlag({
      ...valueFlag('beta', false),
      rules: [{ id: 'ann', condition: { operator: 'inSegment', value: 'staff' }, serve: { variant: 'on' } }],
    });
    expect(client.boolean('beta', { targetingKey: 'ann' }, true)).toBe(false);
  });

  it('stands on a configuration, which stays as it was', () => {
    const bootstrap = {
      environment: 'production',
      epoch: 'e',
      revision: 4,
      flags: [valueFlag('a', 1), valueFlag('b', { deep: [1] })],
      segments: [],
      routes: [],
      events: {},
    };
    client = createTestClient({ bootstrap, flags: { a: 2 } });
    expect([client.integer('a', {}, 0), client.object('b', {}, {})]).toEqual([2, { deep: [1] }]);
    expect(bootstrap.flags[0]?.variants).toEqual({ value: 1 });
    expect(Object.isFrozen(bootstrap.flags[1]?.variants['value'])).toBe(false);
  });

  it('tells of a listener that throws or is rejected, and of nobody else', async () => {
    client = createTestClient({ flags: { a: 1 } });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    client.onFlagChange('a', {}, () => {
      throw new Error('no');
    });
    client.onFlagChange('a', (() => Promise.reject(new Error('late'))) as () => void);
    client.set('a', 2);
    await new Promise(setImmediate);
    expect(errors).toEqual([
      expect.objectContaining({ code: 'LISTENER' }),
      expect.objectContaining({ code: 'LISTENER' }),
    ]);
    expect(client.stats()).toMatchObject({ throws: 2, flags: 1, origin: 'bootstrap' });
    expect(client.revision).toBe(2);
  });
});
