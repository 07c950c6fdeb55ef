import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Nest's own words into our log, under the name of their context. */
export class NestLog implements LoggerService {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  log(message: unknown, context?: string): void {
    this.#log.debug({ context }, String(message));
  }

  warn(message: unknown, context?: string): void {
    this.#log.warn({ context }, String(message));
  }

  /** `rest`: the stack, if there is one, then the context. */
  error(message: unknown, ...rest: unknown[]): void {
    const stack = message instanceof Error ? message.stack : rest.slice(0, -1)[0];
    this.#log.error({ context: rest.at(-1), stack }, String(message));
  }

  debug(message: unknown, context?: string): void {
    this.#log.debug({ context }, String(message));
  }

  verbose(message: unknown, context?: string): void {
    this.#log.trace({ context }, String(message));
  }
}
