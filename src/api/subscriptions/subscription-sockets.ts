import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import {
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type SubscriptionArgs,
} from 'graphql';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type Server as Protocol } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { Authenticator } from '../../auth/authenticator.js';
import { formatErrors } from '../error-formatter.js';
import { isPrepared } from './prepare-subscription.js';
import { type Subscriber, Subscriptions, tooOften } from './subscriptions.js';

/** Largest message from a client, bytes. */
const MAX_MESSAGE = 262_144;
/** Milliseconds between pings; a socket that leaves one unanswered until the next is cut. */
const HEARTBEAT = 15_000;
/** Milliseconds that a client has to say who it is. */
const INTRODUCTION = 5_000;
/** Sockets of one process whose clients have not said yet who they are. */
const MOST_STRANGERS = 1_000;

interface Connection {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  subscriber?: Subscriber;
}

/**
 * Subscriptions over WebSocket at /graphql, by the protocol graphql-transport-ws. The token comes in the upgrade's
 * Authorization header, or as `authorization` of the payload of `connection_init`. Closes with 4401 where it is not
 * known, or revoked later; 4403 where it is no admin token.
 */
@Injectable()
export class SubscriptionSockets {
  readonly #logger = new Logger(SubscriptionSockets.name);
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    handleProtocols: (offered) =>
      offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });
  readonly #protocol: Protocol<{ connection: Connection }>;
  #strangers = 0;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly authenticator: Authenticator,
  ) {
    this.#protocol = makeServer<{ authorization?: unknown }, { connection: Connection }>({
      connectionInitWaitTimeout: INTRODUCTION,
      onConnect: ({ extra, connectionParams }) => this.#admit(extra.connection, connectionParams),
      onSubscribe: ({ extra }, _, payload) => this.#prepare(extra.connection, payload),
      subscribe: (args: SubscriptionArgs) => this.#start(args),
      onNext: (_, __, ___, ____, result) => told(result),
      onError: (_, __, ___, errors) => told({ errors }).errors,
    });
  }

  /** Takes the upgrades of a server. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url?.split('?')[0] !== '/graphql') return refuse(socket, '404 Not Found');
      if (this.#strangers >= MOST_STRANGERS) return refuse(socket, '503 Service Unavailable');
      this.#server.handleUpgrade(request, socket, head, (ws) => this.#open(ws, request));
    });
  }

  /** Closes every socket with 1001 (going away); what is not gone after `deadline` ms is cut. */
  async close(deadline = 2_000): Promise<void> {
    const open = [...this.#server.clients];
    const closed = Promise.all(open.map((socket) => new Promise((done) => socket.once('close', done))));
    for (const socket of open) socket.close(1001, 'Going away');
    const timer = setTimeout(() => {
      for (const socket of open) socket.terminate();
    }, deadline);
    await closed;
    clearTimeout(timer);
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const connection: Connection = { socket, request };
    this.#strangers += 1;
    let stranger = true;
    const known = (): void => {
      if (stranger) this.#strangers -= 1;
      stranger = false;
    };
    const stopBeating = keepBeating(socket);
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => sendText(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (data: Buffer) => {
            take(data.toString('utf8'))
              .then(() => (connection.subscriber === undefined ? undefined : known()))
              .catch((error: unknown) => this.#fail(socket, error));
          }),
      },
      { connection },
    );
    // Too large a message, or no message at all: ws closes with the code that says so.
    socket.on('error', (error) => this.#logger.warn(error.message));
    socket.once('close', (code: number, reason: Buffer) => {
      known();
      stopBeating();
      closed(code, reason.toString()).catch((error: unknown) => this.#logger.error(error));
    });
  }

  #fail(socket: WebSocket, error: unknown): void {
    this.#logger.error(error instanceof Error ? error.stack : error);
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  }

  #admit(connection: Connection, payload: { authorization?: unknown } | undefined): boolean {
    const { socket, request } = connection;
    const said = payload?.authorization ?? request.headers.authorization;
    const secret = typeof said === 'string' ? this.authenticator.secretIn(said) : undefined;
    const principal = this.authenticator.authenticate(secret);
    if (secret === undefined || principal === null) {
      this.authenticator.countFailure(request.socket.remoteAddress);
      socket.close(CloseCode.Unauthorized, 'UNAUTHENTICATED: give a known admin token as "authorization"');
      return false;
    }
    if (principal.kind !== 'admin') {
      socket.close(CloseCode.Forbidden, 'FORBIDDEN: the admin API needs an admin token');
      return false;
    }
    connection.subscriber = { secret, principal };
    const forget = this.subscriptions.whileWelcome(secret, () =>
      socket.close(CloseCode.Unauthorized, 'UNAUTHENTICATED: the token was revoked'),
    );
    socket.once('close', forget);
    return true;
  }

  #prepare({ subscriber }: Connection, payload: object): SubscriptionArgs | readonly GraphQLError[] {
    const { principal } = subscriber as Subscriber;
    // over HTTP the front door counts each request before it is parsed
    if (principal.budgets?.api.take() === false) return [tooOften()];
    const prepared = this.subscriptions.prepare(payload, subscriber as Subscriber);
    if (!isPrepared(prepared)) return prepared.map(toGraphQLError);
    return { ...prepared, contextValue: { ...(prepared.contextValue as object), subscriber } };
  }

  #start(args: SubscriptionArgs): ReturnType<Subscriptions['start']> {
    return this.subscriptions.start(args, (args.contextValue as { subscriber: Subscriber }).subscriber);
  }
}

/** What a client is told of a result: errors by our codes, nothing of the inside. */
function told(result: ExecutionResult): FormattedExecutionResult {
  return result.errors === undefined ? result : (formatErrors(result).response as FormattedExecutionResult);
}

function toGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });
}

/** Resolves when the text has gone out, so that whoever makes the next one waits; at once where the socket is closing. */
function sendText(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    socket.send(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Pings, and cuts the socket when no pong has come by the next time. Returns how to stop. */
function keepBeating(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, HEARTBEAT);
  return () => clearInterval(timer);
}

/** Node leaves an upgrade's socket to us alone: what befalls it, and that it is closed though the caller keeps its half. */
function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
