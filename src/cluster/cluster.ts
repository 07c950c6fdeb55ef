import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { Problem } from '../domain/problem.js';
import type { Access } from './access.js';
import { type Call, exchange } from './exchange.js';
import { KubeconfigAccess } from './kubeconfig.js';
import { Refusal } from './refusal.js';
import { podPlace, ServiceAccount, type ServiceAccountPlace } from './service-account.js';

export interface ClusterOptions {
  /** Path of a kubeconfig file; without one, the service account of the pod that this process runs in. */
  readonly kubeconfig?: string | undefined;
  /** Where the service account lies; default where Kubernetes puts it. */
  readonly serviceAccount?: ServiceAccountPlace | undefined;
  /** Longest wait for any answer, in ms; default 10,000. */
  readonly timeout?: number;
}

const TIMEOUT = 10_000;

/**
 * The one connection to the API server: one pool, credentials that are read again when they were replaced on disk. It
 * connects at the first request. Calls reject with a Refusal (an answer that is no success), with what the socket said,
 * or with MESH_UNAVAILABLE where there are no usable credentials; `clusterFailure` makes a Problem of each.
 */
export class Cluster {
  #access: Promise<Access> | undefined;
  #renewal: Promise<void> | undefined;
  #closed = false;

  constructor(private readonly options: ClusterOptions = {}) {}

  /** Asks and resolves with the JSON of the answer. */
  async request<T = unknown>(call: Call): Promise<T> {
    const deadline = AbortSignal.timeout(this.options.timeout ?? TIMEOUT);
    const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
    try {
      return JSON.parse(await text(await this.#succeed({ ...call, signal }))) as T;
    } catch (error) {
      // A stream that is cut says no more than that.
      throw signal.aborted ? signal.reason : error;
    }
  }

  /** Asks and resolves with the answer's stream once its head is there; ends it when the call's signal aborts. */
  async open(call: Call): Promise<IncomingMessage> {
    const stop = new AbortController();
    const end = (): void => stop.abort();
    const late = setTimeout(
      () => stop.abort(new DOMException('no answer', 'TimeoutError')),
      this.options.timeout ?? TIMEOUT,
    );
    call.signal?.addEventListener('abort', end, { once: true });
    if (call.signal?.aborted) end();
    const forget = (): void => call.signal?.removeEventListener('abort', end);
    try {
      const answer = await this.#succeed({ ...call, signal: stop.signal });
      answer.once('close', forget);
      return answer;
    } catch (error) {
      forget();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** Why there are no usable credentials, as a sentence, or null where there are. Asks no server. */
  async unusable(): Promise<string | null> {
    return this.#connect().then(
      () => null,
      (error: unknown) => `${(error as Error).message}.`,
    );
  }

  /** Ends every connection; calls under way and later ones fail. */
  close(): void {
    this.#closed = true;
    void this.#access?.then(
      ({ agent }) => agent.destroy(),
      () => undefined,
    );
  }

  async #succeed(call: Call): Promise<IncomingMessage> {
    const answer = await this.#ask(call);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    const seconds = Number(answer.headers['retry-after'] ?? 0);
    throw new Refusal(status, await text(answer), Number.isFinite(seconds) ? seconds * 1_000 : 0);
  }

  async #ask(call: Call): Promise<IncomingMessage> {
    const access = await this.#connect();
    const before = await identityOf(access);
    const answer = await exchange(access, before.headers, call);
    if (answer.statusCode !== 401) return answer;
    // A token that was replaced on disk is refused before we look there again by ourselves.
    await this.#renew(access);
    const after = await identityOf(access);
    if (before.agent === after.agent && isDeepStrictEqual(before.headers, after.headers)) return answer;
    answer.resume();
    return exchange(access, after.headers, call);
  }

  async #connect(): Promise<Access> {
    if (this.#closed) throw new Problem('MESH_UNAVAILABLE', 'The connection to the API server was closed.');
    this.#access ??= load(this.options);
    try {
      return await this.#access;
    } catch (error) {
      this.#access = undefined;
      throw error;
    }
  }

  async #renew(access: Access): Promise<void> {
    this.#renewal ??= access.renew().finally(() => (this.#renewal = undefined));
    await this.#renewal.catch((error: unknown) => {
      throw unusable(this.options, error);
    });
  }
}

async function identityOf(
  access: Access,
): Promise<{ readonly agent: Access['agent']; readonly headers: OutgoingHttpHeaders }> {
  const headers = await access.headers();
  return { agent: access.agent, headers };
}

async function load(options: ClusterOptions): Promise<Access> {
  try {
    return options.kubeconfig === undefined
      ? await ServiceAccount.load(options.serviceAccount ?? podPlace())
      : await KubeconfigAccess.load(options.kubeconfig);
  } catch (cause) {
    throw unusable(options, cause);
  }
}

function unusable({ kubeconfig }: ClusterOptions, cause: unknown): Problem {
  const source = kubeconfig ?? 'the service account of this pod';
  const message = `${source} can't be used to reach a cluster: ${(cause as Error).message}`;
  return new Problem('MESH_UNAVAILABLE', message, { cause });
}
