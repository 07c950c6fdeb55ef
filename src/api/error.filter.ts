import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Problem } from '../domain/problem.js';
import { HTTP_STATUS } from './error-table.js';
import { requestFault } from './request-fault.js';

/**
 * Hands what a resolver throws to mercurius, whose formatter answers and logs it; answers what a controller throws, or
 * what has no route, with `code` and `message`.
 */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #log = new Logger('HTTP');

  catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType<string>() === 'graphql') return error;
    const { status, body } = this.#answer(error);
    return host.switchToHttp().getResponse<FastifyReply>().status(status).send(body);
  }

  #answer(error: unknown): { readonly status: number; readonly body: object } {
    if (error instanceof Problem)
      return { status: HTTP_STATUS[error.code], body: { code: error.code, message: error.message } };
    const response = error instanceof HttpException ? error.getResponse() : null;
    if (
      error instanceof HttpException &&
      typeof response === 'object' &&
      response !== null &&
      'code' in response
    )
      return { status: error.getStatus(), body: response };
    const fault = requestFault(error instanceof HttpException ? withStatus(error) : error);
    if (fault !== null) return { status: fault.status, body: { code: fault.code, message: fault.message } };
    this.#log.error(error instanceof Error ? error.message : String(error), (error as Error).stack);
    return { status: 500, body: { code: 'GENERAL', message: 'Something went wrong on our side.' } };
  }
}

function withStatus(error: HttpException): Error {
  return Object.assign(new Error(error.message), { statusCode: error.getStatus() });
}
