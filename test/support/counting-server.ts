import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a webhook of a guard was asked. */
export interface CountsQuestion {
  readonly environment: string;
  readonly guard: string;
  readonly subject: string;
  readonly arms: { readonly new: string; readonly control: string };
  readonly from: number;
  readonly to: number;
}

export interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly data: CountsQuestion;
}

type Answering = (question: CountsQuestion, response: ServerResponse) => void;

/** A real server that guards of source `webhook` ask for counts. */
export class CountingServer {
  readonly asked: Asked[] = [];
  /** How it answers; may be set anew at any time. */
  answers: Answering;
  /** Connections that are open, and the most there were at a time. */
  open = 0;
  busiest = 0;
  readonly #server: Server;

  private constructor(answers: Answering) {
    this.answers = answers;
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const { data } = JSON.parse(body) as { readonly data: CountsQuestion };
        this.asked.push({ headers: request.headers, body, data });
        this.answers(data, response);
      });
    });
    this.#server.on('connection', (socket) => {
      this.open += 1;
      this.busiest = Math.max(this.busiest, this.open);
      socket.on('close', () => (this.open -= 1));
    });
  }

  static async start(answers: Answering): Promise<CountingServer> {
    const server = new CountingServer(answers);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** `host:port` that it listens on. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.address}/counts`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
