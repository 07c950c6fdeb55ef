import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';

/** Largest body of an admin request, bytes. */
export const BODY_LIMIT = 4 * 1024 * 1024;

/**
 * Reads JSON bodies, and no others: what is not UTF-8 is refused, where a decoder would put other characters in place.
 * Names that reach an object's prototype are refused as well.
 */
export function readJsonBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  const options = { parseAs: 'buffer', bodyLimit: BODY_LIMIT } as const;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>('application/json', options, (request, body, done) => {
    if (!isUtf8(body)) return done(new UnreadableBody('The body is not valid UTF-8.'));
    const text = body.toString('utf8');
    return void parse(request, text, (error, value) => {
      if (error === null || !isJson(text)) done(error, value);
      else
        done(
          new UnreadableBody('A name in the body is reserved, such as "__proto__": choose another.', true),
        );
    });
  });
}

/** What the parser refuses though it is JSON holds a poisonous name. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `reserved`: for a name in it and not for its form. */
export class UnreadableBody extends Error {
  readonly statusCode = 400;

  constructor(
    message: string,
    readonly reserved = false,
  ) {
    super(message);
  }
}
