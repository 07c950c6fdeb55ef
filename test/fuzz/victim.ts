import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';
import { REGISTRY } from '../../src/domain/image.js';
import { parseDocument, isConfigurationKind } from '../../src/domain/parse-document.js';
import { Api } from '../support/api.js';
import { createSamples, ENVIRONMENT } from '../support/api-samples.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../e2e/until.js';

const LANES = 8;
const PROBE = pathToFileURL('test/support/heap-probe.mjs').href;

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** The real service as a process of its own, with an environment of samples, to be sent whatever comes to mind. */
export class Victim {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: LANES });

  private constructor(
    readonly service: ServiceProcess,
    readonly adminToken: string,
    readonly serverToken: string,
    readonly clientToken: string,
  ) {}

  static async start(): Promise<Victim> {
    const adminToken = 'admin-of-the-fuzzed-service';
    const service = await ServiceProcess.start({
      settings: {
        TIDEGATE_ADMIN_TOKEN: adminToken,
        TIDEGATE_LOG_LEVEL: 'warn',
        TIDEGATE_RATE_API: '0',
        TIDEGATE_RATE_EVALUATION: '0',
        TIDEGATE_RATE_FAILURES: '0',
      },
      env: { NODE_OPTIONS: `--import ${PROBE}` },
    });
    const api = new Api(service.url, adminToken);
    await createSamples(api);
    const tokens = await Promise.all(
      ['server', 'client'].map(async (kind) => {
        const made = await api.do('createToken', { key: `fuzz-${kind}`, kind, environments: [ENVIRONMENT] });
        return String(made['secret']);
      }),
    );
    return new Victim(service, adminToken, String(tokens[0]), String(tokens[1]));
  }

  /** Sends `count` requests, eight at a time, each made and checked by its own number. */
  async send(count: number, make: () => Sent, check: (sent: Sent, reply: Reply) => void): Promise<void> {
    let left = count;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const sent = make();
        const reply = await this.#ask(sent);
        try {
          check(sent, reply);
        } catch (error) {
          const told = JSON.stringify({ ...sent, body: sent.body.toString('latin1').slice(0, 2_000) });
          throw new Error(
            `${told} (body in latin1) was answered ${reply.status} ${reply.text.slice(0, 500)}`,
            {
              cause: error,
            },
          );
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  /** Bytes on its heap once everything that can go is gone. */
  async heapUsed(): Promise<number> {
    const probes = (): readonly unknown[] => this.service.log().flatMap((line) => line['heapUsed'] ?? []);
    const before = probes().length;
    this.service.process.signal('SIGUSR2');
    await until(() => probes().length > before);
    return Number(probes().at(-1));
  }

  /** Whether it is alive and ready, and what it logged as a fault of its own. */
  async health(): Promise<{ readonly ready: number; readonly faults: readonly string[] }> {
    const faults = this.service.log().filter(({ level }) => level >= 50);
    return {
      ready: await this.service.status('/readyz'),
      faults: faults.map((line) => JSON.stringify(line)),
    };
  }

  /** Stops it, reads each document that it stored, and tells those that can't be read again. */
  async unreadable(): Promise<string[]> {
    this.#agent.destroy();
    await this.service.process.stop();
    const store = new EmbeddedStore({ path: join(this.service.folder, 'data', 'store') });
    await store.open();
    const registry = await store.image(REGISTRY);
    const faults: string[] = [];
    for (const { key } of registry.documents.list('environment')) {
      const { documents } = await store.image(key);
      for (const { kind, key: name, value } of documents.all()) {
        const parsed = isConfigurationKind(kind) ? parseDocument(kind, value, '') : { errors: [`${kind}?`] };
        if ('errors' in parsed) faults.push(`${key} ${kind}/${name}: ${JSON.stringify(parsed.errors)}`);
      }
    }
    await store.close();
    return faults;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.service.stop();
  }

  #ask({ method, path, headers, body }: Sent): Promise<Reply> {
    const { port } = new URL(this.service.url);
    return new Promise((resolve, reject) => {
      const asked = request(
        { port, host: '127.0.0.1', method, path, headers, agent: this.#agent },
        (reply) => {
          const pieces: Buffer[] = [];
          reply.on('data', (piece: Buffer) => pieces.push(piece));
          reply.on('error', reject);
          reply.on('end', () =>
            resolve({
              status: reply.statusCode ?? 0,
              type: reply.headers['content-type'] ?? '',
              text: Buffer.concat(pieces).toString(),
            }),
          );
        },
      );
      asked.setTimeout(60_000, () => asked.destroy(new Error('no answer within 60 s')));
      asked.on('error', reject);
      asked.end(body);
    });
  }
}
