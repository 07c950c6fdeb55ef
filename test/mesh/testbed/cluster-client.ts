import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { collectionPath, objectPath, type KubernetesObject, type ObjectRef } from './kubernetes-object.js';

/** How to reach an API server, and as whom. */
export interface Credentials {
  server: string;
  ca: string;
  token: string;
}

/** An answer of the API server other than success. */
export class ClusterError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export type PatchType = 'merge-patch' | 'strategic-merge-patch' | 'json-patch';

/** The few verbs a test needs of the Kubernetes API, as one user. */
export class ClusterClient {
  readonly #agent: Agent;

  constructor(private readonly credentials: Credentials) {
    this.#agent = new Agent({ ca: credentials.ca, keepAlive: true });
  }

  /** Server-side apply, taking every field named; `dryRun` runs admission and stores nothing. */
  async apply<T extends KubernetesObject>(object: T, options: { dryRun?: boolean } = {}): Promise<T> {
    const dryRun = options.dryRun ? '&dryRun=All' : '';
    const path = `${objectPath(object)}?fieldManager=testbed&force=true${dryRun}`;
    return this.request<T>('PATCH', path, object, 'application/apply-patch+yaml');
  }

  /** Applies one after the other, in the order given. */
  async applyAll(objects: KubernetesObject[]): Promise<void> {
    for (const object of objects) await this.apply(object);
  }

  async get<T extends KubernetesObject = KubernetesObject>(ref: ObjectRef): Promise<T> {
    return this.request<T>('GET', objectPath(ref));
  }

  async list<T extends KubernetesObject = KubernetesObject>(
    ref: Omit<ObjectRef, 'metadata'> & { namespace?: string },
    labelSelector = '',
  ): Promise<T[]> {
    const query = labelSelector ? `?labelSelector=${encodeURIComponent(labelSelector)}` : '';
    const path = collectionPath(ref.apiVersion, ref.kind, ref.namespace);
    const { items } = await this.request<{ items: T[] }>('GET', path + query);
    // The API leaves these two out of a list's items, though every other verb needs them.
    return items.map((item) => ({ ...item, apiVersion: ref.apiVersion, kind: ref.kind }));
  }

  async patch(
    ref: ObjectRef,
    body: unknown,
    type: PatchType = 'merge-patch',
    subresource = '',
  ): Promise<void> {
    const path = objectPath(ref) + (subresource && `/${subresource}`);
    await this.request('PATCH', path, body, `application/${type}+json`);
  }

  /** Deletes an object; one that is already gone is no error. */
  async delete(ref: ObjectRef, options: { gracePeriodSeconds?: number } = {}): Promise<void> {
    try {
      await this.request('DELETE', objectPath(ref), { kind: 'DeleteOptions', apiVersion: 'v1', ...options });
    } catch (error) {
      if (!(error instanceof ClusterError) || error.status !== 404) throw error;
    }
  }

  /** Any request, for what has no verb above. */
  async request<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<T> {
    const sent = body === undefined ? '' : JSON.stringify(body);
    const response = await this.#send(method, path, sent, contentType);
    const answer = await text(response);
    const status = response.statusCode ?? 0;
    if (status >= 300) throw new ClusterError(status, `${method} ${path}: ${status} ${messageOf(answer)}`);
    return parse(answer) as T;
  }

  /** Closes the connections it has kept open. */
  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: string, contentType: string): Promise<IncomingMessage> {
    const headers = {
      authorization: `Bearer ${this.credentials.token}`,
      'content-type': contentType,
      // Node adds none to a DELETE, and the server would read its body as the next request.
      'content-length': Buffer.byteLength(body),
    };
    return new Promise((resolve, reject) => {
      httpsRequest(
        this.credentials.server + path,
        { method, headers, agent: this.#agent, timeout: 30_000 },
        resolve,
      )
        .on('timeout', function (this: { destroy(error: Error): void }) {
          this.destroy(new Error(`${method} ${path}: no answer`));
        })
        .on('error', reject)
        .end(body);
    });
  }
}

function parse(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return answer;
  }
}

function messageOf(answer: string): string {
  const parsed = parse(answer);
  return typeof parsed === 'object' && parsed !== null && 'message' in parsed
    ? String(parsed.message)
    : answer;
}
