import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { ProxySync } from './proxy-sync.js';
import { RouteConfirmations } from './route-confirmations.js';

const gateway = (sent: string, acked: string): ProxySync => proxy('gateway', sent, acked);
const proxy = (type: ProxySync['type'], sent: string, acked: string): ProxySync => ({
  proxy: `${type}-1`,
  type,
  sent: { route: sent, cluster: sent, endpoint: sent },
  acked: { route: acked, cluster: acked, endpoint: acked },
});
const never = (): Promise<never> => new Promise(() => undefined);

/** How long `work` takes, ms. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

describe('an istiod that hangs', () => {
  it('holds up one write for a moment, and no other', async () => {
    const confirmations = new RouteConfirmations(never);
    const write = () => confirmations.around('shop', 'routes', async () => undefined);
    expect(await timeOf(write)).toBeLessThan(1_900);
    let asked = 0;
    const counted = new RouteConfirmations(() => {
      asked += 1;
      return never();
    });
    for (let turn = 0; turn < 20; turn += 1) {
      await counted.around('shop', 'routes', async () => undefined);
      await counted.of('shop', '1', true);
    }
    expect(asked).toBe(1);
  });

  it('is asked again once it has answered', async () => {
    let answer: (proxies: readonly ProxySync[]) => void = () => undefined;
    const answers = [
      () => new Promise<readonly ProxySync[]>((resolve) => (answer = resolve)),
      async () => [gateway('7', '7')],
    ];
    const confirmations = new RouteConfirmations(() => (answers.shift() ?? never)());
    expect(await confirmations.of('shop', '1', true)).toMatchObject({ gateways: { of: 0 } });
    answer([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await confirmations.of('shop', '1', true)).toMatchObject({ gateways: { confirmed: 1, of: 1 } });
  });
});

describe('a wait for the proxies', () => {
  it('ends as soon as the write is overtaken, and says so', async () => {
    let nonce = '7';
    const confirmations = new RouteConfirmations(async () => [gateway(nonce, '7')]);
    await confirmations.around('shop', 'subsets', async () => (nonce = '8'));
    const overtaken = new AbortController();
    const waiting = confirmations.settled('shop', 60_000, overtaken.signal);
    overtaken.abort();
    expect(await waiting).toBe(false);
    expect(await new RouteConfirmations(undefined).settled('shop', 60_000, overtaken.signal)).toBe(false);
  });

  it('ends when every gateway has acknowledged', async () => {
    let nonce = '7';
    const confirmations = new RouteConfirmations(async () => [gateway(nonce, nonce)]);
    await confirmations.around('shop', 'subsets', async () => undefined);
    nonce = '8';
    expect(await confirmations.settled('shop', 60_000)).toBe(true);
  });

  it('waits for sidecars where no gateway is connected', async () => {
    let acked = '7';
    const confirmations = new RouteConfirmations(async () => [
      proxy('sidecar', acked === '7' ? '7' : '8', acked),
    ]);
    await confirmations.around('shop', 'subsets', async () => undefined);
    const overtaken = new AbortController();
    const waiting = confirmations.settled('shop', 60_000, overtaken.signal);
    setTimeout(() => overtaken.abort(), 100);
    expect(await waiting).toBe(false);
    acked = '8';
    expect(await confirmations.settled('shop', 10)).toBe(true);
  });

  it('waits for sidecars beside gateways no longer than where nobody can be asked', async () => {
    let nonce = '7';
    const both = () => [gateway(nonce, nonce), proxy('sidecar', nonce, '7')];
    const confirmations = new RouteConfirmations(async () => both());
    await confirmations.around('shop', 'subsets', async () => undefined);
    nonce = '8';
    expect(await timeOf(() => confirmations.settled('shop', 300))).toBeGreaterThan(200);
    expect(await confirmations.settled('shop', 300)).toBe(true);
  });
});

describe('what is told of a route', () => {
  it('rests on no push that was on its way before a slow write', async () => {
    let nonce = '7';
    const confirmations = new RouteConfirmations(async () => [gateway(nonce, nonce)]);
    await confirmations.around('shop', 'routes', async () => {
      nonce = '8';
      await sleep(120);
    });
    expect(await confirmations.of('shop', '1', true)).toMatchObject({ at: null });
  });

  it('is told of a slow write where nothing else was sent meanwhile', async () => {
    let nonce = '7';
    const confirmations = new RouteConfirmations(async () => [gateway(nonce, nonce)]);
    await confirmations.around('shop', 'routes', () => sleep(120));
    expect(await confirmations.of('shop', '1', true)).toMatchObject({ at: null });
    nonce = '8';
    expect(await confirmations.of('shop', '1', true)).toMatchObject({ at: expect.any(Number) as unknown });
  });

  it('is not told of what somebody else has written since', async () => {
    let nonce = '7';
    const confirmations = new RouteConfirmations(async () => [gateway(nonce, nonce)]);
    await confirmations.around('shop', 'routes', async () => undefined);
    nonce = '8';
    expect(await confirmations.of('shop', '1', true)).toMatchObject({ at: expect.any(Number) as unknown });
    expect(await confirmations.of('shop', '2', true)).toMatchObject({ at: null });
  });
});
