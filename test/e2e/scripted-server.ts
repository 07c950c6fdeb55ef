import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Script = (req: IncomingMessage, res: ServerResponse) => void;

interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly lastEventId: string;
  /** When it came, ms of a clock that never jumps. */
  readonly at: number;
}

/** A real HTTP server that does to its clients whatever a test wants. `script` can be swapped at any time. */
export class ScriptedServer {
  script: Script = (_, res) => res.writeHead(404).end();
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((req, res) => {
      const lastEventId = req.headers['last-event-id'];
      this.requests.push({
        method: req.method ?? '',
        url: req.url ?? '',
        lastEventId: typeof lastEventId === 'string' ? lastEventId : '',
        at: performance.now(),
      });
      this.script(req, res);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done));
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The requests for a stream. */
  get streams(): SeenRequest[] {
    return this.requests.filter(({ url }) => url === '/api/v1/stream');
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Cuts every connection, as a crash would. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => this.#server.close(done));
  }
}
