import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import { Problem } from '../../../domain/problem.js';
import type { RedisClient } from './redis-client.js';
import { isElsewhere } from './redis-fault.js';
import { texts, type Reply } from './replies.js';
import { defineScripts, runScript, type ScriptCall } from './scripts.js';

/** How long replicas have to confirm a write, ms; well within a command's patience, since reads queue behind it. */
const CONFIRMED_WITHIN = 1_000;
/** How long a slot may be on its way from node to node, ms, before a write to it is refused. */
const SLOT_MOVES_WITHIN = 1_500;
const SLOT_AGAIN = 100;

/**
 * Runs scripts that write, and resolves once the wanted number of replicas has what they wrote. Rejects with
 * STORE_UNAVAILABLE when they don't confirm it in time: it is written, but a failover may lose it.
 */
export class AcknowledgedWrites {
  readonly #client: RedisClient;
  readonly #replicas: number;
  readonly #nodes = new WeakMap<Redis, ConfirmingNode>();
  readonly #slots = new Map<string, number>();

  constructor(client: RedisClient, replicas: number) {
    this.#client = client;
    this.#replicas = replicas;
  }

  async run(call: ScriptCall): Promise<Reply> {
    if (this.#replicas === 0) return runScript(this.#client, call);
    if (!(this.#client instanceof Cluster)) return this.#on(this.#client).run(call);
    const end = Date.now() + SLOT_MOVES_WITHIN;
    for (;;) {
      try {
        return await this.#on(await this.#nodeOf(this.#client, call.keys[0] ?? '')).run(call);
      } catch (error) {
        // Refused by a node that hasn't got all of the slot: not done.
        if (!isElsewhere(error as Error) || Date.now() > end) throw error;
        this.#client.refreshSlotsCache();
        await sleep(SLOT_AGAIN);
      }
    }
  }

  #on(redis: Redis): ConfirmingNode {
    const known = this.#nodes.get(redis) ?? new ConfirmingNode(redis, this.#replicas);
    this.#nodes.set(redis, known);
    return known;
  }

  async #nodeOf(cluster: Cluster, key: string): Promise<Redis> {
    const slot = this.#slots.get(key) ?? (await cluster.cluster('KEYSLOT', key));
    this.#slots.set(key, slot);
    const serving = cluster.slots[slot]?.[0];
    const nodes = cluster.nodes('master');
    const node = nodes.find(({ options }) => `${options.host}:${options.port}` === serving);
    if (node === undefined) throw new Error(`Cluster is without a node for slot ${slot}`);
    return node;
  }
}

/** One connection. What replicas confirm is what was written on the very same one. */
class ConfirmingNode {
  readonly #redis: Redis;
  readonly #replicas: number;
  #cuts = 0;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<number> | null = null;

  constructor(redis: Redis, replicas: number) {
    this.#redis = redis;
    this.#replicas = replicas;
    defineScripts(redis);
    redis.on('close', () => (this.#cuts += 1));
  }

  async run(call: ScriptCall): Promise<Reply> {
    const cuts = this.#cuts;
    const reply = await runScript(this.#redis, call);
    if (!WROTE.has(texts(reply)[0] ?? '')) return reply;
    const confirmed = await this.#confirmed();
    if (cuts === this.#cuts && confirmed >= this.#replicas) return reply;
    const found =
      cuts === this.#cuts ? `only ${confirmed} within ${CONFIRMED_WITHIN} ms` : 'the connection was cut';
    throw new Problem(
      'STORE_UNAVAILABLE',
      `Written, but not confirmed by ${this.#replicas} replicas (${found}); a failover may lose it`,
    );
  }

  /** How many replicas have all that was written before the call. One asks for all who wait. */
  #confirmed(): Promise<number> {
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      const asked = this.#redis.wait(this.#replicas, CONFIRMED_WITHIN);
      this.#running = asked.catch(() => undefined);
      return asked;
    });
    return this.#next;
  }
}

const WROTE: ReadonlySet<string> = new Set(['committed', 'repeated']);
