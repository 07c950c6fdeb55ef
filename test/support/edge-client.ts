import { join } from 'node:path';
import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** What Envoy would do with a CheckResponse. */
export interface EdgeAnswer {
  /** Status code of the answer: 0 lets the request go on. */
  readonly code: number;
  /** Headers set on the request, over what the client sent. */
  readonly headers: { readonly [name: string]: string };
  /** `set-cookie` lines added to the response. */
  readonly cookies: readonly string[];
}

interface HeaderOption {
  readonly header: { readonly key: string; readonly value: string };
  readonly append_action: string;
}

interface CheckResponse {
  readonly status: { readonly code: number };
  readonly ok_response: {
    readonly headers: readonly HeaderOption[];
    readonly response_headers_to_add: readonly HeaderOption[];
  };
}

type Method<T> = (request: object, answer: (error: ServiceError | null, response: T) => void) => void;
type ServiceClient = Client & { readonly check: Method<never> };

/** A proxy that asks the edge over gRPC, by the .proto files and not by the edge's own reading of them. */
export class EdgeClient {
  readonly #authorization: ServiceClient;
  readonly #health: ServiceClient;

  constructor(port: number) {
    this.#authorization = clientOf(
      ['envoy', 'service', 'auth', 'v3', 'external_auth.proto'],
      'Authorization',
      port,
    );
    this.#health = clientOf(['grpc', 'health', 'v1', 'health.proto'], 'Health', port);
  }

  /** `headers` in lower case, as Envoy sends them. */
  async check(host: string, headers: { readonly [name: string]: string } = {}): Promise<EdgeAnswer> {
    const http = {
      method: 'GET',
      path: '/',
      host,
      scheme: 'http',
      headers: { ':authority': host, ...headers },
    };
    const { status, ok_response: ok } = await ask<CheckResponse>(this.#authorization, {
      attributes: { request: { http } },
    });
    const overwritten = ok.headers.every(
      ({ append_action: action }) => action === 'OVERWRITE_IF_EXISTS_OR_ADD',
    );
    if (!overwritten) throw new Error('a header that would be added to what the client sent');
    return {
      code: status.code,
      headers: Object.fromEntries(ok.headers.map(({ header }) => [header.key, header.value])),
      cookies: ok.response_headers_to_add.map(({ header }) => header.value),
    };
  }

  async health(): Promise<string> {
    const { status } = await ask<{ status: string }>(this.#health, {});
    return status;
  }

  close(): void {
    this.#authorization.close();
    this.#health.close();
  }
}

function clientOf(path: readonly string[], service: string, port: number): ServiceClient {
  const options = { keepCase: true, enums: String, defaults: true };
  let found: unknown = loadPackageDefinition(loadSync(join('proto', ...path), options));
  for (const name of [...path.slice(0, -1), service]) found = (found as { [name: string]: unknown })[name];
  const Service = found as new (address: string, credentials: object) => ServiceClient;
  return new Service(`127.0.0.1:${port}`, credentials.createInsecure());
}

function ask<T>(client: ServiceClient, request: object): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = client.check.bind(client) as unknown as Method<T>;
    check(request, (error, response) => {
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}
