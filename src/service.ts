import 'reflect-metadata';
import { createServer, type RequestListener } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { guardFrontDoor } from './api/front-door.js';
import { BODY_LIMIT, readJsonBodies } from './api/json-bodies.js';
import { setSafeHeaders } from './api/safe-headers.js';
import { SubscriptionSockets } from './api/subscriptions/subscription-sockets.js';
import { SubscriptionStreamController } from './api/subscriptions/subscription-stream.controller.js';
import { Subscriptions } from './api/subscriptions/subscriptions.js';
import { AppModule } from './app.module.js';
import { Authenticator } from './auth/authenticator.js';
import { ensureFirstToken } from './auth/first-token.js';
import type { Config } from './config/config.js';
import { ControlLoops } from './control/control-loops.js';
import { Problem } from './domain/problem.js';
import { EdgeServer } from './edge/edge-server.js';
import { EvaluationServer } from './evaluation/evaluation-server.js';
import { Readiness } from './health/readiness.js';
import { NestLog } from './nest-log.js';
import { OtlpServer } from './otlp/otlp-server.js';
import { Store } from './ports/store.js';

/** A service that listens. `close` is graceful: streams end first, requests in flight are answered. */
export interface RunningService {
  readonly url: string;
  /** Resolves when the store is open and everything runs; rejects when the store refuses (STORE_LOCKED, STORE_LAYOUT, STORE_SETTINGS). */
  readonly ready: Promise<void>;
  readonly app: NestFastifyApplication;
  close(): Promise<void>;
}

/**
 * Listens at once (health says "not ready"), then opens the store, waiting as long as it is away, then serves and
 * controls. `say` prints what a person must read once: the first admin token.
 */
export async function startService(
  config: Config,
  log: Logger,
  say: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<RunningService> {
  let evaluation: EvaluationServer | undefined;
  let otlp: OtlpServer | undefined;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    serverFactory: (nest: RequestListener) => {
      return createServer((req, res) => {
        if (evaluation?.handle(req, res) !== true && otlp?.handle(req, res) !== true) nest(req, res);
      });
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.register(config, log), adapter, {
    logger: new NestLog(log),
    abortOnError: false,
    bodyParser: false,
  });
  const server = app.get(EvaluationServer);
  evaluation = server;
  otlp = app.get(OtlpServer);
  const authenticator = app.get(Authenticator);
  readJsonBodies(adapter.getInstance());
  setSafeHeaders(adapter.getInstance());
  guardFrontDoor(adapter.getInstance(), authenticator);
  await listen(app, config);
  server.configure(app.getHttpServer());
  app.get(SubscriptionSockets).attach(app.getHttpServer());
  const ready = open(app, config, say);
  ready.catch(() => undefined);
  return { url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), ready, app, close: () => close(app) };
}

async function listen(app: NestFastifyApplication, config: Config): Promise<void> {
  const { TIDEGATE_PORT: port, TIDEGATE_HOST: host } = config;
  try {
    await app.listen(port, host);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'another process listens there: choose another port' : message;
    throw new Problem('CONFIG_INVALID', `TIDEGATE_PORT: can't listen at ${host}:${port}: ${why}.`, { cause });
  }
}

async function open(app: NestFastifyApplication, config: Config, say: (line: string) => void): Promise<void> {
  const store = app.get(Store);
  await store.open();
  // Before the token is shown, so that a start that fails here shows none.
  await app.get(EdgeServer).start();
  const made = await ensureFirstToken(store, config.TIDEGATE_ADMIN_TOKEN, new Date());
  if (made !== null) say(`First admin token, shown this once: ${made}`);
  await app.get(Authenticator).start();
  await app.get(EvaluationServer).start();
  app.get(ControlLoops).start();
  app.get(Readiness).started = true;
}

async function close(app: NestFastifyApplication): Promise<void> {
  app.get(Readiness).started = false;
  await app.get(ControlLoops).stop();
  app.get(Subscriptions).stop();
  await Promise.all([
    app.get(EvaluationServer).close(),
    app.get(EdgeServer).close(),
    app.get(SubscriptionSockets).close(),
    app.get(SubscriptionStreamController).close(),
  ]);
  app.get(Authenticator).stop();
  await app.close();
  await app.get(Store).close();
}
