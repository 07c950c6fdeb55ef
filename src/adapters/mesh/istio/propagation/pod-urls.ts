/** An EndpointSlice, as far as addresses go. */
interface Slice {
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

/** The EndpointSlices of a Service. */
export type SlicesOf = (namespace: string, service: string) => Promise<readonly Slice[]>;

const SERVICE_HOST = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/;

/**
 * The URLs to ask: one that names a Service (`http://istiod.istio-system.svc:15014`) stands for all its ready pods, each
 * at the port given, since a Service would answer for one of them only. Others stand for themselves. No slash at the end.
 */
export async function podUrls(urls: readonly string[], slicesOf: SlicesOf): Promise<readonly string[]> {
  const lists = await Promise.all(urls.map((url) => podsBehind(new URL(url), slicesOf)));
  return [...new Set(lists.flat())];
}

async function podsBehind(url: URL, slicesOf: SlicesOf): Promise<readonly string[]> {
  const [, service, namespace] = SERVICE_HOST.exec(url.hostname) ?? [];
  if (service === undefined || namespace === undefined) return [textOf(url)];
  const endpoints = (await slicesOf(namespace, service)).flatMap((slice) => slice.endpoints ?? []);
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  return ready.flatMap(({ addresses = [] }) => addresses.slice(0, 1).map((address) => at(url, address)));
}

function at(url: URL, address: string): string {
  const one = new URL(url);
  one.hostname = address.includes(':') ? `[${address}]` : address;
  return textOf(one);
}

function textOf({ href }: URL): string {
  return href.replace(/\/$/, '');
}
