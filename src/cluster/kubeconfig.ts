import { Agent as PlainAgent, type OutgoingHttpHeaders } from 'node:http';
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Access } from './access.js';

/** What the file said when it was last read. */
interface Reading {
  readonly config: KubeConfig;
  readonly server: string;
  readonly agent: PlainAgent;
  readonly tls: AgentOptions;
}

/**
 * What a kubeconfig file gives: tokens, client certificates, programs that print credentials, proxies. The library that
 * reads it takes 80 MB of memory, so it is loaded here and not before; a pod never needs it.
 */
export class KubeconfigAccess implements Access {
  #reading: Reading;

  private constructor(
    private readonly path: string,
    reading: Reading,
  ) {
    this.#reading = reading;
  }

  /** Rejects where the file can't be used. */
  static async load(path: string): Promise<KubeconfigAccess> {
    return new KubeconfigAccess(path, await read(path));
  }

  get server(): string {
    return this.#reading.server;
  }

  get agent(): PlainAgent {
    return this.#reading.agent;
  }

  async headers(): Promise<OutgoingHttpHeaders> {
    const { headers, auth } = await optionsOf(this.#reading.config);
    const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
    return { ...(headers as OutgoingHttpHeaders | undefined), ...basic };
  }

  async renew(): Promise<void> {
    const next = await read(this.path);
    const isSame = next.server === this.server && isDeepStrictEqual(next.tls, this.#reading.tls);
    if (isSame) next.agent.destroy();
    this.#reading = isSame ? { ...next, agent: this.agent } : next;
  }
}

async function read(path: string): Promise<Reading> {
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  config.loadFromFile(path);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('it names no current cluster');
  const { agent, headers: _headers, auth: _auth, ...rest } = await optionsOf(config);
  const tls = rest as AgentOptions;
  const own = cluster.server.startsWith('https:')
    ? new Agent({ ...tls, keepAlive: true })
    : new PlainAgent({ keepAlive: true });
  // Only the library's agent knows the way through a proxy.
  const chosen = cluster.proxyUrl && agent instanceof PlainAgent ? agent : own;
  return { config, server: cluster.server.replace(/\/+$/, ''), agent: chosen, tls };
}

async function optionsOf(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}
