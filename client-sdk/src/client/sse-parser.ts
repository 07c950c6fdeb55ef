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

/** Characters of one message at which the stream counts as broken, where nothing else is said. */
const MESSAGE_LIMIT = 256 * 1_048_576;

/**
 * Parses server-sent events (WHATWG HTML §9.2.6) as text arrives in pieces of any size. A message counts once its blank
 * line has come; half a message at the end is dropped. `push` throws RangeError for a message beyond `limit` characters
 * (256 Mi by default): a stream without end can't fill the memory.
 */
export class SseParser {
  readonly #listener: StreamListener;
  readonly #limit: number;
  /** The line that is not whole yet. */
  #pieces: string[] = [];
  /** Characters held: of that line, and of the data so far. */
  #held = 0;
  #afterReturn = false;
  #started = false;
  #event = '';
  #data: string[] = [];
  #id = '';

  constructor(listener: StreamListener, limit = MESSAGE_LIMIT) {
    this.#listener = listener;
    this.#limit = limit;
  }

  /** Whether all that came has been handed on, and nothing of a next message has come. */
  get isBetweenMessages(): boolean {
    return this.#pieces.length === 0 && this.#data.length === 0 && this.#event === '';
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
  }

  #takeLines(text: string): void {
    let from = 0;
    for (const end of text.matchAll(/\r\n|\r|\n/g)) {
      this.#pieces.push(text.slice(from, end.index));
      this.#takeLine(this.#joinPieces());
      from = end.index + end[0].length;
    }
    if (from === text.length) return;
    this.#pieces.push(text.slice(from));
    this.#hold(text.length - from);
  }

  #joinPieces(): string {
    const pieces = this.#pieces;
    this.#pieces = [];
    // all but the last were held
    for (const piece of pieces.slice(0, -1)) this.#held -= piece.length;
    return pieces.length === 1 ? (pieces[0] as string) : pieces.join('');
  }

  #hold(characters: number): void {
    this.#held += characters;
    if (this.#held <= this.#limit) return;
    throw new RangeError(`a message of the stream is longer than ${this.#limit} characters`);
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
      this.#hold(value.length + 1);
    } else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.#listener.retry?.(Number(value));
  }

  #dispatch(): void {
    const message = { event: this.#event || 'message', id: this.#id, data: this.#data.join('\n') };
    const empty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    this.#held = 0;
    if (!empty) this.#listener.message(message);
  }
}
