/** One message of an event stream. `id` is the last id seen so far, '' for none. */
export interface StreamMessage {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** What a parser tells. */
export interface StreamListener {
  message(message: StreamMessage): void;
  /** The server's wish for the reconnection delay, milliseconds. */
  retry?(delay: number): void;
}

/** Characters of one message at which the stream counts as broken. */
const MESSAGE_LIMIT = 256 * 1_048_576;

/**
 * Parses server-sent events (WHATWG HTML §9.2.6) as text arrives in pieces of any size. A message counts once its blank
 * line has come; half a message at the end is dropped. `push` throws RangeError for a message beyond 256 Mi characters.
 */
export class SseParser {
  readonly #listener: StreamListener;
  #pieces: string[] = [];
  #size = 0;
  #afterReturn = false;
  #started = false;
  #event = '';
  #data: string[] = [];
  #id = '';

  constructor(listener: StreamListener) {
    this.#listener = listener;
  }

  push(text: string): void {
    let rest = text;
    if (rest === '') return;
    if (!this.#started && rest.startsWith('\uFEFF')) rest = rest.slice(1);
    this.#started = true;
    // the second half of a CR LF that was cut in two
    if (this.#afterReturn && rest.startsWith('\n')) rest = rest.slice(1);
    this.#afterReturn = text.endsWith('\r');
    this.#takeLines(rest);
    if (this.#size > MESSAGE_LIMIT) throw new RangeError('a message of the stream is too long');
  }

  #takeLines(text: string): void {
    let from = 0;
    for (const end of text.matchAll(/\r\n|\r|\n/g)) {
      this.#pieces.push(text.slice(from, end.index));
      const line = this.#pieces.length === 1 ? (this.#pieces[0] as string) : this.#pieces.join('');
      this.#pieces = [];
      this.#takeLine(line);
      from = end.index + end[0].length;
    }
    if (from === text.length) return;
    this.#pieces.push(text.slice(from));
    this.#size += text.length - from;
  }

  #takeLine(line: string): void {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    if (colon === -1) this.#takeField(line, '');
    else this.#takeField(line.slice(0, colon), line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1));
  }

  #takeField(name: string, value: string): void {
    if (name === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    } else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.#listener.retry?.(Number(value));
  }

  #dispatch(): void {
    const message = { event: this.#event || 'message', id: this.#id, data: this.#data.join('\n') };
    const empty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    this.#size = 0;
    if (!empty) this.#listener.message(message);
  }
}
