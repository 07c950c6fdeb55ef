import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.js';
import type { Caller } from './caller.js';
import type { Fault } from './refusals.js';

/** A request to one of our routes, by a known caller. */
export interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly caller: Caller;
  /** Empty with GET. */
  readonly body: Buffer;
  /** The flag that the path names; undefined where it names none. */
  readonly key: string | undefined;
}

/** One of our routes. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Whether pages of any origin may call it. */
  readonly cors: boolean;
  /** A fault in the route's own words; `key` as in `Asked`. */
  fail(fault: Fault, key: string | undefined): Answer;
  /** The answer, or null where the route has taken the response over. */
  serve(asked: Asked): Promise<Answer | null> | Answer | null;
}

/** A route, and the flag that the path names. */
export interface Found {
  readonly route: Route;
  readonly key: string | undefined;
}
