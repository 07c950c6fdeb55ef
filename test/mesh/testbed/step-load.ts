import { Agent } from 'node:http';
import type { RouteHeaders } from '@tidegate/sdk';
import { contextOf, type User } from '../../support/census.js';
import { eventually } from './eventually.js';
import type { Shop } from './shop.js';
import { type Load, request } from './traffic.js';

/** Whom a step of a rollout gives the new version: an audience, or besides it a share, in thousandths of a per cent. */
export type Step = { readonly audience: string } | { readonly weight: number };
type Side = 'outside' | 'inside';

export interface Decider {
  /** What the SDK says at the moment: segments that no route asks for yet are not in it. */
  readonly headersOf: (context: ReturnType<typeof contextOf>) => RouteHeaders;
  /** Headers by which the gateway knows an employee. */
  readonly token: Record<string, string>;
}

interface Visitor {
  readonly user: User;
  readonly bucket: number;
}

const NOBODY: Step = { weight: -1 };

/** Users in turn at the gateway and at a sidecar, each of whom has to meet the version that a step says. */
export class StepLoad {
  answers = 0;
  /** Each request that met another version than a step in force said, in words. */
  readonly wrong: string[] = [];
  /** How long requests were sent, s. */
  seconds = 0;
  readonly #visitors: readonly Visitor[];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #pending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #begun = 0;
  #sent = 0;
  // Two while the proxies hear of a step, else one.
  #steps: readonly Step[] = [];

  constructor(
    private readonly shop: Shop,
    users: readonly User[],
    private readonly decider: Decider,
  ) {
    this.#visitors = users.map((user) => {
      const { 'x-tg-b': buckets } = decider.headersOf(contextOf(user));
      return { user, bucket: Number(/=(\d{4})/.exec(buckets)?.[1]) };
    });
  }

  /** Begins, before the first step: everybody has to meet v1. */
  start(perSecond: number): void {
    this.#steps = [NOBODY];
    this.#begun = performance.now();
    this.#timer = setInterval(() => {
      // As many as are due, so that a timer that comes late doesn't lower the rate.
      const due = ((performance.now() - this.#begun) / 1_000) * perSecond;
      while (this.#sent < due) this.#begin();
    }, 5);
  }

  /** From now on the next step may be in force, or still the one before. */
  expect(step: Step): void {
    this.#steps = [...this.#steps.slice(-1), step];
  }

  /** Waits until everybody meets the version of a step on both sides; from then on nothing else is right. */
  async untilThere(step: Step): Promise<void> {
    await eventually(async () => {
      const asked = this.#visitors.flatMap((visitor) =>
        (['outside', 'inside'] as const).map(async (side) => {
          if ((await this.#versionOf(visitor, side)) !== versionAt(step, visitor))
            throw new Error(`${visitor.user.id} ${side} is not yet where ${JSON.stringify(step)} sends him`);
        }),
      );
      await Promise.all(asked);
    }, 30_000);
    this.#steps = [step];
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.seconds = (performance.now() - this.#begun) / 1_000;
    await Promise.all(this.#pending);
    this.#agent.destroy();
  }

  #begin(): void {
    const turn = this.#sent++;
    const { length } = this.#visitors;
    const visitor = this.#visitors[turn % length];
    if (visitor === undefined) return;
    const done = this.#judge(visitor, Math.floor(turn / length) % 2 === 0 ? 'outside' : 'inside');
    this.#pending.add(done);
    void done.finally(() => this.#pending.delete(done));
  }

  async #judge(visitor: Visitor, side: Side): Promise<void> {
    const before = this.#steps;
    const version = await this.#versionOf(visitor, side);
    this.answers += 1;
    const right = [...before, ...this.#steps].map((step) => versionAt(step, visitor));
    if (!right.includes(version))
      this.wrong.push(`${visitor.user.id} ${side} met ${version}, not ${right[0]}`);
  }

  /** The version that answered, or what there was instead. */
  async #versionOf({ user }: Visitor, side: Side): Promise<string> {
    return request(this.shop[side], this.#load(user, side), this.#agent).then(
      ({ status, headers }) => (status === 200 ? String(headers['x-version']) : `status ${status}`),
      String,
    );
  }

  #load(user: User, side: Side): Load {
    const { headersOf, token } = this.decider;
    const headers = headersOf(contextOf(user));
    if (side === 'inside') return { headers: { ...headers } };
    return { headers: { 'x-tg-b': headers['x-tg-b'], ...(user.employee ? token : {}) } };
  }
}

function versionAt(step: Step, { user, bucket }: Visitor): string {
  const isNew = 'audience' in step ? user.employee : isIn(step.weight, user, bucket);
  return isNew ? 'v2' : 'v1';
}

function isIn(weight: number, { employee }: User, bucket: number): boolean {
  return weight >= 0 && (employee || bucket < weight / 10);
}
