import { readFile } from 'node:fs/promises';
import { Agent as PlainAgent, type OutgoingHttpHeaders } from 'node:http';
import { Agent } from 'node:https';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Access } from './access.js';

/** Where a pod finds its service account, and the API server. */
export interface ServiceAccountPlace {
  readonly folder: string;
  readonly server: string;
}

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet replaces a token when a fifth of its life is left, so a minute is soon enough. */
const READ_AGAIN = 60_000;

/** The place that Kubernetes gives to every pod. Throws outside of one. */
export function podPlace(env: NodeJS.ProcessEnv = process.env): ServiceAccountPlace {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (!host) throw new Error('KUBERNETES_SERVICE_HOST is not set, so this is no pod');
  return { folder: FOLDER, server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}` };
}

/** A pod's own account. Its token is replaced on disk while we run: it is read again every minute, and when refused. */
export class ServiceAccount implements Access {
  readonly server: string;
  readonly #folder: string;
  #agent: PlainAgent;
  #authority: string;
  #token: string;
  #readAt: number;

  private constructor(
    { server, folder }: ServiceAccountPlace,
    { authority, token }: Files,
    private readonly now: () => number,
  ) {
    this.server = server;
    this.#folder = folder;
    this.#authority = authority;
    this.#agent = agentFor(server, authority);
    this.#token = token;
    this.#readAt = now();
  }

  /** Rejects where the files can't be read. `now` is in ms. */
  static async load(place: ServiceAccountPlace, now: () => number = Date.now): Promise<ServiceAccount> {
    return new ServiceAccount(place, await readFiles(place.folder), now);
  }

  get agent(): PlainAgent {
    return this.#agent;
  }

  async headers(): Promise<OutgoingHttpHeaders> {
    // A file that can't be read just now is being replaced: the token at hand may serve for a while.
    if (this.now() - this.#readAt >= READ_AGAIN) await this.renew().catch(() => undefined);
    return { authorization: `Bearer ${this.#token}` };
  }

  async renew(): Promise<void> {
    const { authority, token } = await readFiles(this.#folder);
    this.#token = token;
    this.#readAt = this.now();
    if (authority === this.#authority) return;
    // Requests under way end on the connections they have.
    this.#authority = authority;
    this.#agent = agentFor(this.server, authority);
  }
}

interface Files {
  readonly authority: string;
  readonly token: string;
}

async function readFiles(folder: string): Promise<Files> {
  const [authority, token] = await Promise.all(
    ['ca.crt', 'token'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { authority: authority ?? '', token: (token ?? '').trim() };
}

function agentFor(server: string, authority: string): PlainAgent {
  return server.startsWith('https:')
    ? new Agent({ ca: authority, keepAlive: true })
    : new PlainAgent({ keepAlive: true });
}
