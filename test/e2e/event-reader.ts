/** One server-sent event as it stood on the wire. */
export interface WireEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Reads a stream of events with a reader of its own, so that the SDK's parser is not proved by itself. */
export class EventReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #controller: AbortController;
  readonly #decoder = new TextDecoder();
  #text = '';

  private constructor(body: ReadableStream<Uint8Array>, controller: AbortController) {
    this.#chunks = body[Symbol.asyncIterator]();
    this.#controller = controller;
  }

  static async open(url: string, headers: Record<string, string>): Promise<EventReader> {
    const controller = new AbortController();
    const response = await fetch(url, { headers, signal: controller.signal });
    if (response.status !== 200 || response.body === null)
      throw new Error(`the stream said ${response.status}`);
    return new EventReader(response.body, controller);
  }

  /** The next event; throws when the stream ends first. */
  async next(): Promise<WireEvent> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end === -1) {
        await this.#more();
        continue;
      }
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const field = (name: string): string =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      if (field('event') !== '') return { event: field('event'), id: field('id'), data: field('data') };
    }
  }

  close(): void {
    this.#controller.abort();
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done === true) throw new Error('the stream ended');
    this.#text += this.#decoder.decode(value, { stream: true });
  }
}
