import type { BucketHistory } from '../../../domain/guard/reading.js';
import type { GuardQuery } from '../../../domain/guard.js';
import { boundOf, inBuckets } from './buckets.js';
import type { PrometheusClient } from './prometheus-client.js';
import { withMatcher } from './with-matcher.js';

/** What a guard looks back on before it begins, s. */
const SPAN = 3_600;
/** After this nobody waits for an answer any more, ms. */
const FORGOTTEN_AFTER = 60_000;

/** What is looked back on: the buckets of the control in the hour before `since` (epoch ms). */
export interface LookBack {
  readonly buckets: string;
  readonly arm: GuardQuery['arm'];
  readonly since: number;
}

interface Known {
  readonly askedAt: number;
  readonly asking: Promise<void>;
  /** undefined = not answered yet; null = nothing is known of that hour. */
  history: BucketHistory | null | undefined;
}

/** Asks once what the control did before a guard began, for the guards that choose their bounds by it. */
export class EarlierBuckets {
  readonly #known = new Map<string, Known>();

  constructor(private readonly client: Pick<PrometheusClient, 'values'>) {}

  /** Resolves when it is known, or known not to be. */
  ask(back: LookBack, now: number): Promise<void> {
    const name = nameOf(back);
    for (const [key, { askedAt }] of this.#known)
      if (now - askedAt > FORGOTTEN_AFTER) this.#known.delete(key);
    const known = this.#known.get(name);
    if (known !== undefined) return known.asking;
    const one: Known = {
      askedAt: now,
      asking: this.#answer(back, (history) => (one.history = history)),
      history: undefined,
    };
    this.#known.set(name, one);
    return one.asking;
  }

  /** undefined while the answer is on its way; null where there is none: too little history, or trouble. */
  find(back: LookBack): BucketHistory | null | undefined {
    return this.#known.get(nameOf(back))?.history;
  }

  async #answer(
    { buckets, arm, since }: LookBack,
    tell: (history: BucketHistory | null) => void,
  ): Promise<void> {
    const control = withMatcher(buckets, arm.label, arm.control);
    try {
      tell(historyIn(await this.client.values(`sum by (le) (increase(${control}[${SPAN}s]))`, since)));
    } catch {
      tell(null);
    }
  }
}

function historyIn(values: Awaited<ReturnType<PrometheusClient['values']>>): BucketHistory | null {
  const upTo = values
    .map((one) => ({ bound: boundOf(one) ?? NaN, value: one.value }))
    .filter(({ bound, value }) => !Number.isNaN(bound) && Number.isFinite(value))
    .sort((a, b) => a.bound - b.bound);
  if (upTo.at(-1)?.bound !== Infinity) return null;
  return {
    bounds: upTo.slice(0, -1).map(({ bound }) => bound),
    control: inBuckets(upTo.map(({ value }) => value)),
  };
}

function nameOf({ buckets, arm, since }: LookBack): string {
  return JSON.stringify([buckets, arm.label, arm.control, since]);
}
