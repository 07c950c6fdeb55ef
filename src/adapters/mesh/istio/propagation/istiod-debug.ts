import { readFile } from 'node:fs/promises';
import { podUrls, type SlicesOf } from './pod-urls.js';
import { proxiesIn, type ProxySync } from './proxy-sync.js';

export interface IstiodOptions {
  /** Where istiod's debug pages are; a URL of a Service stands for all its ready pods. */
  readonly urls: readonly string[];
  /** A file with the token of an identity in istiod's namespace; read at each request, since tokens rotate. */
  readonly tokenFile?: string | undefined;
}

/** Longest wait for an istiod, ms. */
const TIMEOUT = 2_000;

/** What every istiod knows of its proxies: each knows only those that are connected to it. */
export class IstiodDebug {
  constructor(
    private readonly options: IstiodOptions,
    private readonly slicesOf: SlicesOf,
  ) {}

  /** All proxies of all istiods. Rejects unless every one of them answers, and there is one. */
  async proxies(): Promise<readonly ProxySync[]> {
    const urls = await podUrls(this.options.urls, this.slicesOf);
    if (urls.length === 0) throw new Error('no istiod is ready');
    const headers = await this.#headers();
    const lists = await Promise.all(urls.map((url) => ask(`${url}/debug/syncz`, headers)));
    return lists.flat();
  }

  async #headers(): Promise<{ readonly [name: string]: string }> {
    const { tokenFile } = this.options;
    if (tokenFile === undefined) return {};
    return { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
  }
}

async function ask(url: string, headers: { readonly [name: string]: string }): Promise<readonly ProxySync[]> {
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) });
  if (response.status !== 200) {
    await response.body?.cancel();
    const { host } = new URL(url);
    const hint =
      response.status === 401 ? '; TIDEGATE_ISTIOD_TOKEN_FILE must hold a token that it accepts' : '';
    throw new Error(`istiod at ${host} answered ${response.status}${hint}`);
  }
  return proxiesIn(await response.json());
}
