import type { ServerResponse } from 'node:http';
import { type ClientError, type ClientOptions, type ClientStatus, createClient } from '@tidegate/sdk';
import type { Flag, Snapshot, SnapshotDelta } from '@tidegate/sdk/engine';
import { flag } from './flag.js';
import { ScriptedServer } from './scripted-server.js';

const checkout = (on: boolean): Flag => flag('new-checkout', { defaultVariant: on ? 'on' : 'off' });

/** A snapshot of one flag, `new-checkout`, and one event, `failed`. */
export function snapshot(revision: number, on: boolean, epoch = 'e'): Snapshot {
  return {
    environment: 'production',
    epoch,
    revision,
    flags: [checkout(on)],
    segments: [],
    routes: [],
    events: { failed: ['new-checkout'] },
  };
}

/** What leads from `from` to the next revision. */
export function delta(from: number, on: boolean, epoch = 'e'): SnapshotDelta {
  return {
    epoch,
    from,
    revision: from + 1,
    flags: [checkout(on)],
    segments: [],
    segmentChanges: [],
    routes: [],
    deleted: [],
    events: { failed: ['new-checkout'] },
  };
}

/** One message of the stream, as it goes over the wire. */
export function message(event: string, data: { epoch: string; revision: number }): string {
  return `id: ${data.epoch}.${data.revision}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Opens a stream and leaves it open. */
export function stream(res: ServerResponse, ...messages: string[]): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const text of ['retry: 10\n\n', ...messages]) res.write(text);
}

/** A scripted server and one client of it, which hurries. Keeps what the client tells. */
export class ScriptedClient {
  readonly server = new ScriptedServer();
  readonly errors: ClientError[] = [];
  readonly statuses: ClientStatus[] = [];
  url = '';
  #client: ReturnType<typeof createClient> | undefined;

  async start(): Promise<void> {
    this.url = await this.server.listen();
  }

  /** Makes the client; `over` overrides its options. */
  connect(over: Partial<ClientOptions> = {}): ReturnType<typeof createClient> {
    const options = { url: this.url, key: 'tg_server_x', retryDelay: 10, flushInterval: 100 };
    const client = createClient({ ...options, ...over });
    client.on('error', (error) => this.errors.push(error));
    client.on('status', (status) => this.statuses.push(status));
    this.#client = client;
    return client;
  }

  /** What the flag answers; off where it has no answer. */
  get isOn(): boolean {
    return this.#client?.boolean('new-checkout', {}, false) ?? false;
  }

  /** Codes of the errors so far. */
  get codes(): string[] {
    return this.errors.map(({ code }) => code);
  }

  async stop(): Promise<void> {
    await this.#client?.close({ timeout: 200 });
    await this.server.close();
  }
}
