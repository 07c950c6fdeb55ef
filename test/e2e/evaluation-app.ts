import { createServer, type Server } from 'node:http';
import type { Snapshot } from '@tidegate/sdk/engine';
import { Authenticator } from '../../src/auth/authenticator.js';
import { hashSecret, makeSecret } from '../../src/auth/secret.js';
import type { Edit } from '../../src/domain/documents.js';
import { ref } from '../../src/domain/documents.js';
import type { Identity } from '../../src/domain/environment.js';
import { settingsSchema } from '../../src/domain/environment.js';
import { REGISTRY } from '../../src/domain/image.js';
import { type TokenKind, tokenSchema } from '../../src/domain/token.js';
import { EnvironmentViews } from '../../src/evaluation/environment-views.js';
import { EvaluationServer } from '../../src/evaluation/evaluation-server.js';
import { OutgoingCalls } from '../../src/outgoing/outgoing-calls.js';
import type { Store } from '../../src/ports/store.js';

/** What a request to the app comes back with. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** EvaluationServer in a real HTTP server on a real store, as the composition root sets it up. */
export class EvaluationApp {
  readonly tokens: Record<TokenKind, string> = {
    admin: makeSecret('admin'),
    server: makeSecret('server'),
    client: makeSecret('client'),
    metrics: makeSecret('metrics'),
  };
  url = '';
  views: EnvironmentViews | undefined;
  #server: Server | undefined;
  #evaluation: EvaluationServer | undefined;
  #authenticator: Authenticator | undefined;

  /** `host:port` pairs of this machine that keys may be fetched from. */
  readonly loopback: string[] = [];

  constructor(
    readonly store: Store,
    readonly environment = 'production',
  ) {}

  /** Sets everything up on an empty store. */
  async begin(): Promise<void> {
    await this.found();
    await this.listen();
    await this.start();
  }

  /** Makes the environment and a token of each kind. */
  async found(): Promise<void> {
    const by = { actor: 'system:test', reason: 'test' };
    await this.store.createEnvironment(this.environment, '', { edits: [], expected: {}, ...by });
    const edits = (['admin', 'server', 'client'] as const).map((kind): Edit => {
      const value = tokenSchema.parse({
        key: `${this.environment}-${kind}`,
        hash: hashSecret(this.tokens[kind]),
        kind,
        role: kind === 'admin' ? 'admin' : null,
        environments: kind === 'admin' ? null : [this.environment],
        createdAt: '2026-01-01T00:00:00.000Z',
      });
      return { kind: 'token', key: value.key, value };
    });
    const expected = Object.fromEntries(edits.map(({ kind, key }) => [ref(kind, key), 0]));
    await this.store.commit(REGISTRY, { edits, expected, ...by });
  }

  /** Listens; answers 503 until `start`. */
  async listen(port = 0): Promise<void> {
    this.#authenticator = new Authenticator(this.store);
    this.views = new EnvironmentViews(this.store, new OutgoingCalls(this.loopback));
    const evaluation = new EvaluationServer(this.#authenticator, this.store, this.views);
    const server = createServer((req, res) => {
      if (!evaluation.handle(req, res)) res.writeHead(404, { 'x-answered-by': 'nest' }).end();
    });
    this.#evaluation = evaluation;
    this.#server = evaluation.configure(server);
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** Begins to follow the store. */
  async start(): Promise<void> {
    await this.#authenticator?.start();
    await this.#evaluation?.start();
  }

  get port(): number {
    const address = this.#server?.address();
    if (typeof address !== 'object' || address === null) throw new Error('the app does not listen');
    return address.port;
  }

  /** Stops answering, gracefully; the store stays open. */
  async stop(): Promise<void> {
    await this.#evaluation?.close(1_000);
    this.#authenticator?.stop();
    this.#server?.closeIdleConnections();
    await new Promise((done) => this.#server?.close(done));
  }

  /** Writes documents past all rules for them, at whatever revision they stand. */
  async write(...edits: Edit[]): Promise<number> {
    const { documents } = await this.store.image(this.environment);
    const expected = Object.fromEntries(
      edits.map(({ kind, key }) => [ref(kind, key), documents.get(kind, key)?.revision ?? 0]),
    );
    const commit = { edits, expected, actor: 'system:test', reason: 'test' };
    return (await this.store.commit(this.environment, commit)).revision;
  }

  /** Makes the environment hold exactly the documents of a snapshot. */
  async load({ flags, segments, routes }: Pick<Snapshot, 'flags' | 'segments' | 'routes'>): Promise<number> {
    const { documents } = await this.store.image(this.environment);
    const wanted: Edit[] = [
      ...flags.map((value): Edit => ({ kind: 'flag', key: value.key, value })),
      ...segments.map((value): Edit => ({ kind: 'segment', key: value.key, value })),
      ...routes.map((value): Edit => ({ kind: 'route', key: value.key, value })),
    ];
    const kept = new Set(wanted.map(({ kind, key }) => ref(kind, key)));
    const gone = (['flag', 'segment', 'route'] as const)
      .flatMap((kind) => documents.list(kind))
      .filter(({ kind, key }) => !kept.has(ref(kind, key)))
      .map(({ kind, key }): Edit => ({ kind, key, value: null }));
    return this.write(...wanted, ...gone);
  }

  async setIdentity(identity: Identity | null): Promise<void> {
    const value = settingsSchema.parse({ identity });
    await this.write({ kind: 'settings', key: 'environment', value });
  }

  async ask(path: string, { method = 'POST', body, token, headers }: Ask = {}): Promise<Reply> {
    const secret = token === undefined ? this.tokens.server : token;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...(secret === null ? {} : { authorization: `Bearer ${secret}` }), ...headers },
      ...(body === undefined ? {} : { body: encode(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : null };
  }
}

function encode(body: unknown): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}
