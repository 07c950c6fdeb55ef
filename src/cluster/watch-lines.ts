import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Nothing at all has come for too long, bookmarks included: the other side is gone, or hangs. */
export class Silence extends Error {
  constructor(ms: number) {
    super(`nothing came for ${ms / 1_000} s`);
  }
}

/** The lines of a stream as they come. Throws a Silence once no byte has come for `silence` ms, and what the stream throws. */
export async function* watchLines(stream: Readable, silence: number): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  const timer = setTimeout(() => stream.destroy(new Silence(silence)), silence);
  let rest = '';
  try {
    for await (const chunk of stream) {
      timer.refresh();
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') yield line;
    }
    if (rest.trim() !== '') throw new Error('the watch ended in the middle of a line');
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}
