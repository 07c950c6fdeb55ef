import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** Results of one subscription, in the order they came; whichever way they came. */
export interface Subscriber {
  /** The next result; rejects with what ended the subscription, or when none comes in time. */
  next(deadline?: number): Promise<SubscriptionResult>;
  /** Resolves with how it ended: `complete`, or what the transport said. */
  readonly ended: Promise<string>;
  close(): void;
}

export interface SubscriptionResult {
  readonly data?: { readonly [field: string]: unknown } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export interface Subscribing {
  readonly url: string;
  readonly token: string | null;
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

export type Transport = (subscribing: Subscribing) => Promise<Subscriber>;

/** What came and was not read yet, and the end. */
class Inbox {
  readonly #results: SubscriptionResult[] = [];
  readonly ended: Promise<string>;
  #end: (how: string) => void = () => undefined;
  #over: string | null = null;
  #wake: () => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  push(result: SubscriptionResult): void {
    this.#results.push(result);
    this.#wake();
  }

  end(how: string): void {
    this.#over ??= how;
    this.#end(how);
    this.#wake();
  }

  async next(deadline = 15_000): Promise<SubscriptionResult> {
    const until = Date.now() + deadline;
    for (;;) {
      const result = this.#results.shift();
      if (result !== undefined) return result;
      if (this.#over !== null) throw new Error(`it ended: ${this.#over}`);
      if (Date.now() > until) throw new Error(`nothing came within ${deadline} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Over WebSocket, by the client of graphql-ws; the token goes in the payload of `connection_init`. */
export const overWebSocket: Transport = async ({ url, token, query, variables }) => {
  const inbox = new Inbox();
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: token === null ? {} : { authorization: `Bearer ${token}` },
    onNonLazyError: () => undefined,
  });
  const stop = client.subscribe(
    { query, variables },
    {
      next: (result) => inbox.push(result as SubscriptionResult),
      error: (error) => {
        if (Array.isArray(error)) inbox.push({ data: null, errors: error as SubscriptionResult['errors'] });
        const { code, reason } = error as { readonly code?: number; readonly reason?: string };
        inbox.end(Array.isArray(error) ? 'error' : `${code} ${reason}`);
      },
      complete: () => inbox.end('complete'),
    },
  );
  return {
    next: (deadline) => inbox.next(deadline),
    ended: inbox.ended,
    close: () => {
      stop();
      void client.dispose();
    },
  };
};

/** As server-sent events, by a reader of its own; the token goes in the Authorization header. */
export const overEvents: Transport = async ({ url, token, query, variables }) => {
  const inbox = new Inbox();
  const controller = new AbortController();
  const response = await fetch(`${url}/graphql/stream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
    signal: controller.signal,
  });
  if (response.status === 200 && response.body !== null) void read(response.body, inbox);
  else {
    inbox.push((await response.json()) as SubscriptionResult);
    inbox.end(`HTTP ${response.status}`);
  }
  return {
    next: (deadline) => inbox.next(deadline),
    ended: inbox.ended,
    close: () => controller.abort(),
  };
};

async function read(body: ReadableStream<Uint8Array>, inbox: Inbox): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        take(text.slice(0, end), inbox);
        text = text.slice(end + 2);
      }
    }
    inbox.end('closed');
  } catch (error) {
    inbox.end(`cut: ${(error as Error).message}`);
  }
}

function take(block: string, inbox: Inbox): void {
  const [, event] = /^event: (.*)$/m.exec(block) ?? [];
  const [, data = ''] = /^data: (.*)$/m.exec(block) ?? [];
  if (event === 'next') inbox.push(JSON.parse(data) as SubscriptionResult);
  if (event === 'complete') inbox.end('complete');
}
