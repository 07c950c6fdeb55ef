import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP balancer as it stands before replicas: each connection goes to the next of them that takes it. */
export class Balancer {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ports: readonly number[];
  #next = 0;

  private constructor(server: Server, ports: readonly number[]) {
    this.#server = server;
    this.#ports = ports;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => void this.#join(client));
  }

  static async before(urls: readonly string[]): Promise<Balancer> {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Balancer(
      server,
      urls.map((url) => Number(new URL(url).port)),
    );
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  async #join(client: Socket): Promise<void> {
    this.#keep(client, () => undefined);
    for (let tried = 0; tried < this.#ports.length; tried += 1) {
      const replica = await dial(this.#ports[this.#next++ % this.#ports.length] ?? 0);
      if (replica === null) continue;
      this.#keep(client, () => replica.destroy());
      this.#keep(replica, () => client.destroy());
      client.pipe(replica);
      replica.pipe(client);
      return;
    }
    client.destroy();
  }

  #keep(socket: Socket, ended: () => void): void {
    this.#sockets.add(socket);
    socket.on('error', ended);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      ended();
    });
  }
}

/** A connection to a port of this machine, or null where nobody takes it. */
function dial(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}
