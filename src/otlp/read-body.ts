import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Largest body as it is sent, and unpacked, bytes. */
const LARGEST = 4 * 1024 * 1024;
const LARGEST_UNPACKED = 16 * 1024 * 1024;

const unpack = promisify(gunzip);

/** A body, or why there is none. */
export type Body = { readonly bytes: Buffer } | { readonly fault: 'too large' | 'not readable' };

/** Reads a request's body, gzip unpacked. What is too large is read to its end and thrown away, so that its sender sees the answer. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= LARGEST) parts.push(part);
    else parts.length = 0;
    if (size > 8 * LARGEST) break;
  }
  if (size > LARGEST) return { fault: 'too large' };
  const bytes = Buffer.concat(parts);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return { bytes };
  if (encoding !== 'gzip') return { fault: 'not readable' };
  try {
    return { bytes: await unpack(bytes, { maxOutputLength: LARGEST_UNPACKED }) };
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return { fault: isLarge ? 'too large' : 'not readable' };
  }
}
