/** One server-sent event, framed once and shared by all streams. `data` is JSON, so it holds no line break. */
export function frame(event: string, id: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`id: ${id}\nevent: ${event}\ndata: `), data, END]);
}

const END = Buffer.from('\n\n');

/** A comment: keeps connections and proxies awake, and is ignored by clients. */
export const KEEP_ALIVE = Buffer.from(': keep-alive\n\n');

/** The first bytes of every stream: how long (ms) a client waits at least before it reconnects. */
export const PREAMBLE = Buffer.from('retry: 1000\n\n');
