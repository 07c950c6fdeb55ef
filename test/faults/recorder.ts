import { setTimeout as sleep } from 'node:timers/promises';
import type { TidegateClient } from '@tidegate/sdk';
import { AdminError } from '../support/admin-client.js';
import type { ServiceProcess } from '../support/service-process.js';

/** Two flags that each change writes together, with the same number. */
export const PAIR = ['left', 'right'] as const;
const NUMBERS = 10;

/** A write that was acknowledged, with the revision that it was told. */
interface Acknowledged {
  readonly number: number;
  readonly revision: number;
}

/** The document of one flag of the pair: its answer is the number, by its last digit. */
export function pairFlag(number: number): object {
  const variants = Object.fromEntries(Array.from({ length: NUMBERS }, (_, digit) => [`n${digit}`, digit]));
  return {
    type: 'integer',
    variants,
    enabled: true,
    defaultVariant: `n${number % NUMBERS}`,
    description: `${number}`,
  };
}

/** Writes and reads without a pause, whatever happens to the services, and keeps what it was told. */
export class Recorder {
  readonly acknowledged: Acknowledged[] = [];
  /** Evaluations that mixed two revisions or failed; none are expected. */
  readonly wrong: string[] = [];
  /** How often the pair was read. */
  looks = 0;
  /** Exposures of `flag` that its rollout's split decided, as the clients counted them. */
  exposures = 0;
  readonly #services: readonly ServiceProcess[];
  readonly #clients: readonly TidegateClient[];
  readonly #flag: string;
  readonly #timer: NodeJS.Timeout;
  readonly #writing: Promise<void>;
  #stopped = false;
  #user = 0;

  constructor(services: readonly ServiceProcess[], clients: readonly TidegateClient[], flag: string) {
    this.#services = services;
    this.#clients = clients;
    this.#flag = flag;
    this.#timer = setInterval(() => this.#look(), 10);
    this.#writing = this.#write();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#writing;
  }

  #look(): void {
    for (const [index, client] of this.#clients.entries()) {
      const [left, right] = PAIR.map((key) => client.details(key, {}, -1));
      this.looks += 1;
      if (left?.value !== right?.value || left?.errorCode !== undefined)
        this.wrong.push(`client ${index}: ${JSON.stringify([left, right])}`);
      const { rule } = client.details(this.#flag, { targetingKey: `user-${this.#user++}` }, false);
      if (rule?.endsWith(':split')) this.exposures += 1;
    }
  }

  /** Each number is tried under one idempotency key, on either replica in turn, until one acknowledges it. */
  async #write(): Promise<void> {
    for (let number = 1, tries = 0; !this.#stopped; tries += 1) {
      const { admin } = this.#services[tries % this.#services.length] as ServiceProcess;
      try {
        const changes = PAIR.map((key) => ({ kind: 'flag', key, value: pairFlag(number) }));
        const input = {
          environment: 'production',
          changes,
          reason: `${number}`,
          idempotencyKey: `write-${number}`,
        };
        const { revision } = await admin.do('applyChanges', input, 'revision');
        this.acknowledged.push({ number, revision: Number(revision) });
        number += 1;
      } catch (error) {
        if (error instanceof AdminError && !error.codes.every((code) => EXPECTED.has(code ?? '')))
          throw error;
        await sleep(50);
      }
    }
  }
}

const EXPECTED: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'STALE_REVISION', 'UNAUTHENTICATED']);
