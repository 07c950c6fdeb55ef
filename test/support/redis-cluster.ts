import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../mesh/testbed/eventually.js';
import { freePort } from './free-port.js';
import { Redis } from './redis.js';

const RANGES = ['0 5460', '5461 10922', '10923 16383'] as const;

const WITHIN = 60_000;

/** A Redis Cluster: three nodes that share all slots evenly, and a replica of each if asked for. */
export class RedisCluster {
  /** The nodes that serve at first. */
  readonly nodes: readonly Redis[];
  readonly #all: Redis[];

  private constructor(nodes: readonly Redis[]) {
    this.nodes = nodes;
    this.#all = [...nodes];
  }

  /** `settings` are those of each node. */
  static async start(settings: readonly string[] = []): Promise<RedisCluster> {
    const starting = RANGES.map((range, index) => startNode(settings, range, index + 1));
    const nodes = await Promise.all(starting);
    const cluster = new RedisCluster(nodes.map(({ node }) => node));
    for (const { node, bus } of nodes.slice(1)) await cluster.#meet(node, bus);
    await cluster.agrees();
    return cluster;
  }

  /** Gives each of the nodes one replica. */
  async addReplicas(settings: readonly string[] = []): Promise<void> {
    for (const primary of this.nodes) {
      const { node, bus } = await startNode(settings);
      this.#all.push(node);
      await this.#meet(node, bus);
      await this.agrees();
      await node.ask('CLUSTER', 'REPLICATE', await primary.ask('CLUSTER', 'MYID'));
      await eventually(async () => expectIn(await node.ask('INFO', 'replication'), 'link_status:up'), WITHIN);
    }
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  }

  async slotOf(key: string): Promise<number> {
    return Number(await this.#first.ask('CLUSTER', 'KEYSLOT', key));
  }

  /** The node that serves a slot. */
  async serving(slot: number): Promise<Redis> {
    const ports = await this.#portsOf();
    const port = [...ports].find(([, ranges]) =>
      ranges.some(([from, to]) => from <= slot && slot <= to),
    )?.[0];
    return (
      this.#all.find((node) => node.port === port) ?? Promise.reject(new Error(`nobody serves slot ${slot}`))
    );
  }

  /** Waits until every node says that all is well and knows all the others. */
  async agrees(): Promise<void> {
    for (const node of this.#all) {
      await eventually(async () => {
        const info = await node.ask('CLUSTER', 'INFO');
        expectIn(info, 'cluster_state:ok');
        expectIn(info, `cluster_known_nodes:${this.#all.length}`);
      }, WITHIN);
    }
  }

  /**
   * Moves one slot as `redis-cli --cluster reshard` does, key by key, and holds on for `hold` ms while the first half of
   * its keys has gone.
   */
  async moveSlot(slot: number, to: Redis, hold: number): Promise<void> {
    const from = await this.serving(slot);
    const [source, target] = [await from.ask('CLUSTER', 'MYID'), await to.ask('CLUSTER', 'MYID')];
    await to.ask('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', source);
    await from.ask('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', target);
    const keys = await keysIn(from, slot);
    const half = keys.slice(0, Math.ceil(keys.length / 2));
    await migrate(from, to, half);
    await sleep(hold);
    for (let left = await keysIn(from, slot); left.length > 0; left = await keysIn(from, slot))
      await migrate(from, to, left);
    for (const node of [to, from, ...this.nodes.filter((other) => other !== to && other !== from)])
      await node.ask('CLUSTER', 'SETSLOT', String(slot), 'NODE', target);
  }

  /** `redis-cli --cluster reshard` of the lowest `slots` slots of one node to another. */
  async reshard(from: Redis, to: Redis, slots: number): Promise<void> {
    const [source, target] = [await from.ask('CLUSTER', 'MYID'), await to.ask('CLUSTER', 'MYID')];
    const which = ['--cluster-from', source, '--cluster-to', target, '--cluster-slots', String(slots)];
    const at = `127.0.0.1:${this.#first.port}`;
    await this.#first.ask('--cluster', 'reshard', at, ...which, '--cluster-yes');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((node) => node.stop()));
  }

  async #meet(node: Redis, bus: number): Promise<void> {
    await this.#first.ask('CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(bus));
  }

  get #first(): Redis {
    return this.nodes[0] as Redis;
  }

  /** Slot ranges by port. */
  async #portsOf(): Promise<ReadonlyMap<number, readonly (readonly [number, number])[]>> {
    const lines = (await this.#first.ask('CLUSTER', 'NODES')).split('\n');
    return new Map(
      lines.map((line) => {
        const [, address = '', , , , , , , ...slots] = line.split(' ');
        const ranges = slots
          .filter((part) => !part.startsWith('['))
          .map((part) => part.split('-').map(Number));
        const port = Number(/:(\d+)@/.exec(address)?.[1]);
        return [port, ranges.map(([low = 0, high = low]) => [low, high] as const)];
      }),
    );
  }
}

async function startNode(
  settings: readonly string[],
  slots = '',
  epoch = 0,
): Promise<{ readonly node: Redis; readonly bus: number }> {
  const bus = await freePort();
  const clustered = [
    '--cluster-enabled',
    'yes',
    '--cluster-port',
    String(bus),
    '--cluster-node-timeout',
    '3000',
  ];
  const quick = ['--repl-diskless-sync-delay', '0'];
  const node = await Redis.start({ settings: [...clustered, ...quick, ...settings] });
  if (slots !== '') await node.ask('CLUSTER', 'ADDSLOTSRANGE', ...slots.split(' '));
  if (epoch > 0) await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(epoch));
  return { node, bus };
}

function expectIn(text: string, part: string): void {
  if (!text.includes(part)) throw new Error(`${part} is not in:\n${text}`);
}

async function keysIn(node: Redis, slot: number): Promise<string[]> {
  const keys = await node.ask('CLUSTER', 'GETKEYSINSLOT', String(slot), '1000');
  return keys === '' ? [] : keys.split('\n');
}

async function migrate(from: Redis, to: Redis, keys: readonly string[]): Promise<void> {
  await from.ask('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys);
}
