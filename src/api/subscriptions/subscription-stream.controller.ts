import type { ServerResponse } from 'node:http';
import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { Authenticator } from '../../auth/authenticator.js';
import type { ErrorCode } from '../../domain/error-code.js';
import { Problem } from '../../domain/problem.js';
import type { AuthenticatedRequest } from '../authenticated-request.js';
import { formatErrors } from '../error-formatter.js';
import { HTTP_STATUS } from '../error-table.js';
import { isPrepared, type SubscriptionRequest } from './prepare-subscription.js';
import { RunningSubscription } from './running-subscription.js';
import { type Subscriber, Subscriptions } from './subscriptions.js';

/** Milliseconds between comments on a stream; a reader who takes nothing for two of them is cut. */
const HEARTBEAT = 15_000;

/**
 * Subscriptions as server-sent events at /graphql/stream, one a connection, by the protocol of graphql-sse (distinct
 * connections): `next` with a result, then `complete`. A request that can't run is answered with JSON and the HTTP
 * status of its code.
 */
@Controller('graphql/stream')
export class SubscriptionStreamController {
  readonly #open = new Set<RunningSubscription>();

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly authenticator: Authenticator,
  ) {}

  @Post()
  post(
    @Req() request: AuthenticatedRequest,
    @Body() body: SubscriptionRequest | null,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.#answer(request, body ?? {}, reply);
  }

  @Get()
  get(
    @Req() request: AuthenticatedRequest,
    @Query() query: Readonly<Record<string, string>>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.#answer(request, { ...query, variables: parseVariables(query['variables']) }, reply);
  }

  /** Completes every stream. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((running) => running.return()));
  }

  async #answer(
    request: AuthenticatedRequest,
    asked: SubscriptionRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const subscriber = this.#subscriberOf(request);
    const prepared = this.subscriptions.prepare(asked, subscriber);
    if (!isPrepared(prepared)) return refuse(reply, prepared);
    const started = await this.subscriptions.start(prepared, subscriber);
    if (!(started instanceof RunningSubscription)) return refuse(reply, started.errors ?? []);
    const { raw } = reply.hijack();
    this.#open.add(started);
    const revoked = { now: false };
    const forget = this.subscriptions.whileWelcome(subscriber.secret, () => {
      revoked.now = true;
      void started.return();
    });
    try {
      await pour(started, raw, reply.getHeaders() as Readonly<Record<string, string>>, revoked);
    } finally {
      forget();
      this.#open.delete(started);
      await started.return();
    }
  }

  #subscriberOf({ headers, principal }: AuthenticatedRequest): Subscriber {
    const secret = this.authenticator.secretIn(headers.authorization);
    if (secret === undefined || principal === undefined)
      throw new Problem('UNAUTHENTICATED', 'Send a known admin token.');
    return { secret, principal };
  }
}

/** Writes the results as they come, each once the one before has gone out. Never rejects for a reader who has left. */
async function pour(
  running: RunningSubscription,
  res: ServerResponse,
  headers: Readonly<Record<string, string>>,
  revoked: { readonly now: boolean },
): Promise<void> {
  // who left while the subscription was being started is not told of again
  if (res.destroyed) return;
  res.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  res.write(':\n\n');
  res.on('close', () => void running.return());
  const stopBeating = keepBeating(res);
  try {
    for await (const result of running) await write(res, eventOf(result));
    if (revoked.now) await write(res, eventOf({ errors: [REVOKED] }));
    res.end('event: complete\ndata:\n\n');
  } finally {
    stopBeating();
  }
}

const REVOKED = new GraphQLError('The token was revoked.', { extensions: { code: 'UNAUTHENTICATED' } });

function eventOf(result: ExecutionResult): string {
  const told = result.errors === undefined ? result : formatErrors(result).response;
  return `event: next\ndata: ${JSON.stringify(told)}\n\n`;
}

/** Resolves when there is room for more, or nobody to read it. */
function write(res: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (res.destroyed || res.write(text)) return resolve();
    const go = (): void => {
      res.off('drain', go).off('close', go);
      resolve();
    };
    res.on('drain', go).on('close', go);
  });
}

function keepBeating(res: ServerResponse): () => void {
  let stuck = false;
  const timer = setInterval(() => {
    if (res.writableNeedDrain && stuck) return void res.destroy();
    stuck = res.writableNeedDrain;
    if (!stuck) res.write(':\n\n');
  }, HEARTBEAT);
  return () => clearInterval(timer);
}

async function refuse(reply: FastifyReply, errors: readonly Error[]): Promise<void> {
  const { response } = formatErrors({ errors });
  const code = response.errors[0]?.extensions?.['code'] as ErrorCode;
  if (code === 'RATE_LIMITED') reply.header('retry-after', 1);
  await reply.status(HTTP_STATUS[code]).send(response);
}

/** Variables of a GET are JSON; what is not stays a text, which is refused by its form. */
function parseVariables(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
