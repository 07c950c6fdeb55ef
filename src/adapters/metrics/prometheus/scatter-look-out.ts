import type { MetricReading } from '../../../domain/guard/reading.js';
import { SCATTER_SPAN, scatterIn } from '../../../domain/guard/scatter-in-history.js';
import type { Scatter } from '../../../domain/guard/scatter.js';
import type { MetricHistory } from '../../../ports/metric-history.js';
import type { MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { selectorsOf } from './guard-selectors.js';
import { LookOut } from './look-out.js';

/** A question without an answer is asked again after so long, ms: twice as long each time, up to the most. */
const AGAIN_AFTER = { least: 60_000, most: 16 * 60_000 } as const;
/** Guards that began within so long share an answer, ms. */
const TOGETHER = 60_000;

/** One guard's question; times are the store's, epoch ms. */
interface Asked {
  readonly environment: string;
  request: MetricRequest;
  /** What is asked, in words that are the same for all who ask the same. */
  question: string;
  /** In which turn it was asked last; 0 = not yet. */
  turn: number;
  /** When its last question came to an end, and how long to wait from there. */
  endedAt: number;
  wait: number;
  scatter: Scatter | null;
}

/**
 * A source on Prometheus whose readings tell guards that want it how much the control scattered before they began: its exporters in two
 * halves. One question is asked at a time, that which was asked longest ago, for all guards that ask the same, and no reading waits for it.
 */
export class ScatterLookOut extends LookOut {
  readonly #asked = new Map<string, Asked>();
  #isAsking = false;
  #turns = 0;
  #now = -Infinity;

  constructor(
    source: MetricSource,
    private readonly history: Pick<MetricHistory, 'windows'>,
  ) {
    super(source);
  }

  override forget(environment: string): void {
    this.#keep(environment, new Set());
    super.forget(environment);
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    this.#now = now;
    const readings = await this.source.read(requests, now);
    const wanting = requests.filter((one) => one.wantsScatter === true);
    const [first] = requests;
    if (first !== undefined) this.#keep(first.subject.environment, new Set(wanting.map(nameOf)));
    for (const request of wanting) this.#want(request);
    this.#askNext();
    return readings.map((reading, i) => {
      const request = requests[i];
      const scatter = request && this.#asked.get(nameOf(request))?.scatter;
      return scatter ? { ...reading, scatter } : reading;
    });
  }

  #want(request: MetricRequest): void {
    const name = nameOf(request);
    const asked = this.#asked.get(name);
    if (asked?.request.subject.guard === request.subject.guard) return;
    const fresh = { request, question: questionOf(request) };
    if (asked === undefined) this.#asked.set(name, unasked(fresh));
    else Object.assign(asked, fresh);
  }

  /** By the time of the newest look: one at another environment may have begun later, and been quicker. */
  #askNext(): void {
    if (this.#isAsking) return;
    const due = [...this.#asked.values()].filter((one) => isDue(one, this.#now));
    const [first, ...others] = due;
    if (first === undefined) return;
    const next = others.reduce((one, other) => (other.turn < one.turn ? other : one), first);
    this.#isAsking = true;
    this.#turns += 1;
    void this.#ask([...this.#asked.values()].filter(({ question }) => question === next.question));
  }

  async #ask(askers: readonly Asked[]): Promise<void> {
    for (const one of askers) one.turn = this.#turns;
    try {
      const [first] = askers;
      if (first === undefined) return;
      const { subject } = first.request;
      const to = endOf(first.request);
      const span = { subject, from: to - SCATTER_SPAN, to, parts: 'halves' as const };
      const reading = await this.history.windows(span);
      for (const one of askers) one.scatter ??= scatterIn(one.request.subject.guard, reading);
    } catch {
      // As good as no answer: it is asked again, and the default holds until then.
    } finally {
      for (const one of askers) rest(one, this.#now);
      this.#isAsking = false;
    }
  }

  /** Those of an environment that are still wanted. */
  #keep(environment: string, wanted: ReadonlySet<string>): void {
    for (const [name, one] of this.#asked)
      if (one.environment === environment && !wanted.has(name)) this.#asked.delete(name);
  }
}

function unasked(asks: Pick<Asked, 'request' | 'question'>): Asked {
  const { environment } = asks.request.subject;
  return { environment, ...asks, turn: 0, endedAt: -Infinity, wait: 0, scatter: null };
}

function rest(asked: Asked, now: number): void {
  asked.endedAt = now;
  asked.wait = Math.min(AGAIN_AFTER.most, Math.max(AGAIN_AFTER.least, 2 * asked.wait));
}

/** Up to when history is read, nothing of what is judged among it. */
function endOf({ since }: MetricRequest): number {
  return since - (since % TOGETHER);
}

function questionOf(request: MetricRequest): string {
  const { subject } = request;
  return JSON.stringify([selectorsOf(subject), subject.guard.strata, endOf(request)]);
}

/** Also where the store's clock was set back. */
function isDue({ scatter, endedAt, wait }: Asked, now: number): boolean {
  return scatter === null && (now >= endedAt + wait || now < endedAt);
}

function nameOf({ subject: { environment, guard, on }, since }: MetricRequest): string {
  return JSON.stringify([environment, guard.key, on ?? null, since]);
}
