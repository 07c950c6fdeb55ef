import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** Largest body that is read, bytes. */
const BODY_LIMIT = 1_048_576;
/** Bytes up to which an oversized body is read and thrown away, so that its sender lives to see the answer. */
const DISCARD_LIMIT = 32 * BODY_LIMIT;
/** Deepest nesting of arrays and objects that is accepted. */
export const DEPTH_LIMIT = 32;

/**
 * Reads a request's body and hands it to `done`, once: 'too-large' where it is over `BODY_LIMIT`. Who hangs up before the
 * end needs no answer, so then `done` is never called.
 */
export function readBody(req: IncomingMessage, done: (body: Buffer | 'too-large') => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    const before = size;
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
    else chunks.length = 0;
    if (size > DISCARD_LIMIT && before <= DISCARD_LIMIT) done('too-large');
  });
  req.on('end', () => {
    if (size <= DISCARD_LIMIT) done(size > BODY_LIMIT ? 'too-large' : join(chunks));
  });
}

function join(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/** A parsed body, or in words why it can't be one. */
export type Parsed = { readonly value: unknown } | { readonly fault: string };

/** Parses JSON: UTF-8 only, nested at most `DEPTH_LIMIT` deep. */
export function parseJson(bytes: Buffer): Parsed {
  if (!isUtf8(bytes)) return { fault: 'The body is not valid UTF-8.' };
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { fault: 'The body is not valid JSON.' };
  }
  if (isDeeper(value, DEPTH_LIMIT)) return { fault: `The body is nested deeper than ${DEPTH_LIMIT} levels.` };
  return { value };
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const name in value) {
    if (isDeeper((value as Record<string, unknown>)[name], levels - 1)) return true;
  }
  return false;
}
