/** The kinds of configuration that a route changes: subsets are clusters with endpoints, and routes are routes. */
export type SyncedKind = 'cluster' | 'endpoint' | 'route';

/** What an istiod has sent to one proxy last, and what that has acknowledged last, by nonce. */
export interface ProxySync {
  readonly proxy: string;
  readonly type: 'gateway' | 'sidecar';
  readonly sent: { readonly [kind in SyncedKind]?: string };
  readonly acked: { readonly [kind in SyncedKind]?: string };
}

const KINDS: readonly SyncedKind[] = ['cluster', 'endpoint', 'route'];

/** The proxies in an answer of istiod's `/debug/syncz`. Throws where it is none. */
export function proxiesIn(answer: unknown): readonly ProxySync[] {
  // An istiod without proxies answers null.
  if (answer === null) return [];
  if (!Array.isArray(answer)) throw new Error('istiod answered something else than a list of proxies');
  return answer.flatMap((item: unknown) => proxyOf(item) ?? []);
}

function proxyOf(item: unknown): ProxySync | null {
  if (typeof item !== 'object' || item === null) return null;
  const fields = item as { readonly [field: string]: unknown };
  const { proxy, proxy_type: type } = fields;
  if (typeof proxy !== 'string') return null;
  return {
    proxy,
    type: type === 'router' ? 'gateway' : 'sidecar',
    sent: noncesIn(fields, 'sent'),
    acked: noncesIn(fields, 'acked'),
  };
}

function noncesIn(fields: { readonly [field: string]: unknown }, which: 'sent' | 'acked'): ProxySync['sent'] {
  const nonces = KINDS.map((kind) => [kind, fields[`${kind}_${which}`]] as const);
  return Object.fromEntries(nonces.filter(([, nonce]) => typeof nonce === 'string' && nonce !== ''));
}
