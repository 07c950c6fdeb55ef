import { describe, expect, it } from '@jest/globals';
import { confirmedProxies } from './confirmed-proxies.js';
import type { Baseline } from './confirmed-proxies.js';
import { proxiesIn } from './proxy-sync.js';
import type { ProxySync } from './proxy-sync.js';

/** `gw-1 7=` has acknowledged route 7, `gw-1 8!` was sent 8 and has 7; `car-…` are sidecars. */
function proxies(...texts: string[]): ProxySync[] {
  return texts.map((text) => {
    const [proxy = '', nonce = ''] = text.split(' ');
    const number = nonce.slice(0, -1);
    const acked = nonce.endsWith('=') ? number : String(Number(number) - 1);
    const type = proxy.startsWith('gw') ? 'gateway' : 'sidecar';
    return { proxy, type, sent: { route: number }, acked: { route: acked } };
  });
}

type Row = readonly [
  name: string,
  before: ProxySync[],
  now: ProxySync[],
  gateways: string,
  sidecars: string,
  changes?: Partial<Baseline>,
];

describe('the proxies that have confirmed a write', () => {
  it.each<Row>([
    [
      'are none before the push, though nonces are equal',
      proxies('gw-1 7='),
      proxies('gw-1 7='),
      '0/1',
      '0/0',
    ],
    ['are none between push and answer', proxies('gw-1 7='), proxies('gw-1 8!'), '0/1', '0/0'],
    ['are those that have answered', proxies('gw-1 7='), proxies('gw-1 8='), '1/1', '0/0'],
    [
      'are one of two while the other is behind',
      proxies('gw-1 7=', 'gw-2 7='),
      proxies('gw-1 8=', 'gw-2 7='),
      '1/2',
      '0/0',
    ],
    [
      'include a gateway that came after the write, once it has answered',
      proxies('gw-1 7='),
      proxies('gw-1 8=', 'gw-2 3!'),
      '1/2',
      '0/0',
    ],
    [
      'wait for a gateway that lost its connection',
      proxies('gw-1 7=', 'gw-2 7='),
      proxies('gw-1 8='),
      '1/2',
      '0/0',
    ],
    [
      'wait for it no longer after a while',
      proxies('gw-1 7=', 'gw-2 7='),
      proxies('gw-1 8='),
      '1/1',
      '0/0',
      { awaitsAbsent: false },
    ],
    [
      'are of the sidecars only those that were told',
      proxies('gw-1 7=', 'car-1 4=', 'car-2 4=', 'car-3 4='),
      proxies('gw-1 8=', 'car-1 5=', 'car-2 5!', 'car-3 4='),
      '1/1',
      '1/2',
    ],
    [
      'need no news where the write was not seen, but nothing on its way',
      proxies('gw-1 7='),
      proxies('gw-1 7=', 'gw-2 9!'),
      '1/2',
      '0/0',
      { mustChange: false },
    ],
  ])('%s', (_, before, now, gateways, sidecars, changes = {}) => {
    const baseline: Baseline = {
      proxies: before,
      kinds: ['route'],
      mustChange: true,
      awaitsAbsent: true,
      ...changes,
    };
    const found = confirmedProxies(baseline, now);
    expect(`${found.gateways.confirmed}/${found.gateways.of}`).toBe(gateways);
    expect(`${found.sidecars.confirmed}/${found.sidecars.of}`).toBe(sidecars);
  });

  it('need all kinds that a write changes', () => {
    const [proxy] = proxiesIn([
      {
        proxy: 'gw-1',
        proxy_type: 'router',
        cluster_sent: 'a',
        cluster_acked: 'a',
        endpoint_sent: 'b',
        endpoint_acked: 'b',
        route_sent: 'c',
      },
    ]);
    const now = {
      ...proxy!,
      sent: { ...proxy!.sent, cluster: 'd' },
      acked: { ...proxy!.acked, cluster: 'd' },
    };
    const baseline: Baseline = {
      proxies: [proxy!],
      kinds: ['cluster'],
      mustChange: true,
      awaitsAbsent: true,
    };
    expect(confirmedProxies(baseline, [now]).gateways).toEqual({ confirmed: 1, of: 1 });
    const both: Baseline = { ...baseline, kinds: ['cluster', 'endpoint'] };
    expect(confirmedProxies(both, [now]).gateways).toEqual({ confirmed: 0, of: 1 });
  });
});

describe('an answer of istiod', () => {
  it('without proxies is null', () => expect(proxiesIn(null)).toEqual([]));

  it.each(['text', 7, {}])('that is %p is none', (answer) => {
    expect(() => proxiesIn(answer)).toThrow('something else');
  });

  it('may hold what nobody knows', () => expect(proxiesIn([7, {}, { proxy: 3 }])).toEqual([]));
});
