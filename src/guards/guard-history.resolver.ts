import { Args, Query, Resolver } from '@nestjs/graphql';
import { CallerIsGone } from '../auth/caller.js';
import { Requires } from '../auth/requires.js';
import { inSlices } from '../changes/in-slices.js';
import { type BackTest, backTestOf } from '../domain/guard/back-test.js';
import { SCATTER_SPAN, scatterIn } from '../domain/guard/scatter-in-history.js';
import { goesByHistory, type Scatter, scattered } from '../domain/guard/scatter.js';
import { type Suggestion, suggestionOf } from '../domain/guard/suggestion.js';
import { Problem } from '../domain/problem.js';
import { MetricHistory, type PastSpan } from '../ports/metric-history.js';
import { Store } from '../ports/store.js';
import { silence } from '../domain/guard/silence.js';
import { type PastGuardInput, pastSubject } from './past-guard.js';

const HOUR = 3_600_000;
const MOST_HOURS = 168;
const MOST_TESTED_HOURS = 24;
/** A day of windows of 5 s is a third of it. */
const MOST_WINDOWS = 50_000;

interface SuggestionQuery extends PastGuardInput {
  readonly environment: string;
  readonly hours: number;
}

interface BackTestQuery extends PastGuardInput {
  readonly environment: string;
  readonly from: number;
  readonly to: number;
}

/** A suggestion, and what it was made from. */
interface PresentedSuggestion extends Suggestion {
  readonly compared: PastSpan['parts'];
  readonly from: number;
  readonly to: number;
  readonly windowSeconds: number;
}

/** A back-test, why it says nothing of the period or of a part of it, and what its evidence was divided by. */
interface PresentedBackTest extends Omit<BackTest, 'unjudged'> {
  readonly reason: string | null;
  readonly phi: number;
  readonly phiReason: string | null;
}

@Resolver()
export class GuardHistoryResolver {
  constructor(
    private readonly store: Store,
    private readonly history: MetricHistory,
  ) {}

  @Requires('viewer')
  @Query('guardSuggestion')
  async guardSuggestion(
    @Args() { environment, hours, ...named }: SuggestionQuery,
  ): Promise<PresentedSuggestion> {
    if (hours < 1 || hours > MOST_HOURS)
      throw new Problem('INVALID_INPUT', `Give 1 to ${MOST_HOURS} hours.`, { field: 'hours' });
    const subject = pastSubject(await this.store.image(environment), named);
    const to = await this.store.now();
    const span = { subject, from: to - hours * HOUR, to };
    const { reading, compared } = await this.history.alike(span);
    const { windows, windowLength, unknown } = reading;
    const pods = await this.history.pods(span);
    const suggestion = suggestionOf(subject.guard, { windows, windowLength, pods });
    return {
      ...suggestion,
      reason: unknown ?? suggestion.reason,
      compared,
      from: span.from,
      to,
      windowSeconds: windowLength / 1_000,
    };
  }

  @Requires('viewer')
  @Query('backTest')
  async backTest(
    @Args() { environment, from, to, ...named }: BackTestQuery,
    @CallerIsGone() isGone: () => boolean,
  ): Promise<PresentedBackTest> {
    const now = await this.store.now();
    checkPeriod({ from, to }, now);
    const subject = pastSubject(await this.store.image(environment), named);
    const [reading, before] = await Promise.all([
      this.history.windows({ subject, from, to, parts: 'arms' }),
      this.#before(subject, from),
    ]);
    if (reading.windows.length > MOST_WINDOWS)
      throw new Problem(
        'TOO_LARGE',
        `There are ${reading.windows.length} windows in this period, and at most ${MOST_WINDOWS} are judged: ask for a shorter one.`,
        { field: 'from' },
      );
    const guard = scattered(subject.guard, before);
    const { unjudged, ...tested } = await inSlices(backTestOf(guard, reading, { from, to }), isGone);
    const reason = reading.unknown ?? silence(guard, reading.windows) ?? unjudged;
    return { ...tested, reason, phi: guard.phi, phiReason: before.phiReason };
  }

  /** What the control did before a rollout would have begun; `phiReason`: why that says nothing of phi, or not all. */
  async #before(
    subject: PastSpan['subject'],
    from: number,
  ): Promise<{ readonly scatter?: Scatter | undefined; readonly phiReason: string | null }> {
    if (!goesByHistory(subject.guard)) return { phiReason: null };
    const reading = await this.history.windows({
      subject,
      from: from - SCATTER_SPAN,
      to: from,
      parts: 'halves',
    });
    const scatter = scatterIn(subject.guard, reading) ?? undefined;
    return { scatter, phiReason: scatter === undefined ? reading.unknown : scatter.reason };
  }
}

/** Before it, milliseconds are most likely seconds: 9 September 2001. */
const FIRST_MS = 1e12;

/** INVALID_INPUT, for a period that is none, not past, too long or told in seconds. */
function checkPeriod({ from, to }: { readonly from: number; readonly to: number }, now: number): void {
  const refuse = (field: string, message: string): never => {
    throw new Problem('INVALID_INPUT', message, { field });
  };
  if (from < FIRST_MS) refuse('from', 'Give epoch milliseconds: this looks like seconds.');
  if (!(from < to)) refuse('from', 'The period begins before it ends: give a `from` before `to`.');
  if (to > now) refuse('to', 'Give a past period: this ends later than now.');
  if (to - from > MOST_TESTED_HOURS * HOUR)
    refuse('from', `Give a period of at most ${MOST_TESTED_HOURS} hours.`);
}
