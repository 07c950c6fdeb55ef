import type { ProxyCount } from '../../../../domain/route-status.js';
import type { ProxySync, SyncedKind } from './proxy-sync.js';

/** A write, as istiod's proxies stood before it. */
export interface Baseline {
  readonly proxies: readonly ProxySync[];
  /** Which kinds of configuration the write changes. */
  readonly kinds: readonly SyncedKind[];
  /**
   * Whether nonces must differ from the baseline's. False where the write was not seen: then it only counts that
   * nothing is on its way.
   */
  readonly mustChange: boolean;
  /** Whether gateways that are not there any more are still waited for: they may be connecting anew. */
  readonly awaitsAbsent: boolean;
}

export interface ConfirmedProxies {
  readonly gateways: ProxyCount;
  /** Of those that istiod has sent the change to by now: it sends nothing to those that it doesn't concern. */
  readonly sidecars: ProxyCount;
}

/**
 * How many proxies have a write. One has it when istiod has sent it something new since the baseline, and it has
 * acknowledged what was sent: equal nonces alone were equal before the push, too. Every gateway gets every change of a
 * VirtualService or DestinationRule, so all those count that have any routes.
 */
export function confirmedProxies(baseline: Baseline, now: readonly ProxySync[]): ConfirmedProxies {
  const { proxies, mustChange, awaitsAbsent, kinds } = baseline;
  const before = new Map(proxies.map((proxy) => [proxy.proxy, proxy]));
  const isNews = (proxy: ProxySync): boolean =>
    !mustChange || kinds.every((kind) => proxy.sent[kind] !== before.get(proxy.proxy)?.sent[kind]);
  const has = (proxy: ProxySync): boolean =>
    isNews(proxy) && kinds.every((kind) => proxy.sent[kind] === proxy.acked[kind]);
  const gateways = now.filter((proxy) => proxy.type === 'gateway' && proxy.sent.route !== undefined);
  const present = new Set(now.map(({ proxy }) => proxy));
  const absent = proxies.filter(({ proxy, type }) => type === 'gateway' && !present.has(proxy));
  const reached = now.filter((proxy) => proxy.type === 'sidecar' && isNews(proxy));
  return {
    gateways: {
      confirmed: gateways.filter(has).length,
      of: gateways.length + (awaitsAbsent ? absent.length : 0),
    },
    sidecars: { confirmed: reached.filter(has).length, of: reached.length },
  };
}
