import { Inject, Injectable, Logger } from '@nestjs/common';
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { IdentityVerifier } from '../auth/identity-verifier.js';
import { OutgoingCalls } from '../outgoing/outgoing-calls.js';
import { FollowedEnvironments } from '../ports/followed-environments.js';
import { Store } from '../ports/store.js';
import { Decider } from './decider.js';
import { EdgeEnvironment, type Makers } from './edge-environment.js';
import { edgeFigures } from './edge-figures.js';
import { visitorIdsOf } from './edge-secrets.js';
import { HostTable } from './host-table.js';

/** Where the edge listens: `host:port`, or null where it is off. */
export const EDGE_ADDRESS = Symbol('EDGE_ADDRESS');
/** Milliseconds between two faults of one process that are logged: they may come with each request. */
const LOG_EVERY = 10_000;

const asBytes = (bytes: Buffer): Buffer => bytes;
const unary = (path: string) => ({
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: asBytes,
  requestDeserialize: asBytes,
  responseSerialize: asBytes,
  responseDeserialize: asBytes,
});
const SERVING = Buffer.from([0x08, 1]);
const NOT_SERVING = Buffer.from([0x08, 2]);

type Call = ServerUnaryCall<Buffer, Buffer>;

/**
 * Envoy's ext_authz v3 over gRPC, and gRPC's health check. It answers OK to everything, with the headers that routes go
 * by. Of no use to anybody but proxies: it has no tokens of its own, so keep its port inside the mesh.
 */
@Injectable()
export class EdgeServer {
  readonly #logger = new Logger(EdgeServer.name);
  readonly #address: string | null;
  readonly #environments: FollowedEnvironments<EdgeEnvironment>;
  readonly #decider: Decider;
  #table = new HostTable([]);
  #server: Server | undefined;
  #port = 0;
  #logged = 0;

  constructor(store: Store, calls: OutgoingCalls, @Inject(EDGE_ADDRESS) address: string | null) {
    this.#address = address;
    const warn = (message: string): void => this.#logger.warn(message);
    const make: Makers = {
      verifier: (identity) => new IdentityVerifier(identity, Date.now, calls),
      visitorIds: (environment, visitors) => visitorIdsOf(environment, visitors, warn),
    };
    this.#environments = new FollowedEnvironments(
      store,
      () => new EdgeEnvironment(make, () => this.#rebuild()),
      warn,
    );
    this.#decider = new Decider(
      () => this.#table,
      (error) => this.#log(error),
    );
  }

  /** The port that it listens at; 0 while it does not. */
  get port(): number {
    return this.#port;
  }

  /** Follows the store and listens, where it is on. Call once, after the store is open. */
  async start(): Promise<void> {
    if (this.#address === null) return;
    await this.#environments.start();
    // What channelz keeps of each call for tools that nobody connects here is not for free.
    const server = new Server({ 'grpc.enable_channelz': 0 });
    server.addService(
      { check: unary('/envoy.service.auth.v3.Authorization/Check') },
      { check: (call: Call, answer: sendUnaryData<Buffer>) => this.#check(call, answer) },
    );
    server.addService(
      { check: unary('/grpc.health.v1.Health/Check') },
      {
        check: (_: Call, answer: sendUnaryData<Buffer>) => answer(null, this.#loaded ? SERVING : NOT_SERVING),
      },
    );
    this.#server = server;
    this.#port = await listen(server, this.#address);
  }

  /** Lets calls in flight end, for `deadline` ms at most. */
  async close(deadline = 2_000): Promise<void> {
    this.#environments.stop();
    for (const environment of this.#environments.all().values()) environment.stop();
    const server = this.#server;
    if (server === undefined) return;
    const cut = setTimeout(() => server.forceShutdown(), deadline);
    await new Promise<void>((done) => server.tryShutdown(() => done()));
    clearTimeout(cut);
    this.#port = 0;
  }

  #check({ request }: Call, answer: sendUnaryData<Buffer>): void {
    const started = performance.now();
    const send = (bytes: Buffer): void => {
      edgeFigures.duration.observe((performance.now() - started) / 1_000);
      answer(null, bytes);
    };
    const decided = this.#decider.decide(request);
    if (decided instanceof Promise) void decided.then(send);
    else send(decided);
  }

  get #loaded(): boolean {
    return [...this.#environments.all().values()].every(({ view }) => view !== undefined);
  }

  #rebuild(): void {
    const views = [...this.#environments.all().values()].flatMap(({ view }) => view ?? []);
    const before = this.#table.disputed.join(', ');
    this.#table = new HostTable(views);
    const disputed = this.#table.disputed.join(', ');
    if (disputed !== '' && disputed !== before)
      this.#logger.warn(`Hosts of several environments, for which nothing is decided: ${disputed}`);
  }

  #log(error: unknown): void {
    const now = Date.now();
    if (now - this.#logged < LOG_EVERY) return;
    this.#logged = now;
    this.#logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) return resolve(port);
      const message = `TIDEGATE_EDGE_PORT: the edge can't listen at ${address}: ${error.message}`;
      reject(new Error(message, { cause: error }));
    });
  });
}
