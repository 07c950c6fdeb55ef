import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  after,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  segmentOf,
  withState,
} from '../../../test/support/image.js';
import type { Edit } from '../documents.js';
import type { GuardRecord } from '../guard/guard-record.js';
import { judge } from '../guard/judge.js';
import { type GuardPlan, massOf } from '../guard/mass.js';
import { withPatience } from '../guard/patience.js';
import type { MetricReading, MetricWindow } from '../guard/reading.js';
import { basisOf, settleRecord } from '../guard/record.js';
import { needsReading } from '../guard/situation.js';
import { type Image, stateKey } from '../image.js';
import type { Plan } from '../plan.js';
import { type Breach, trip } from '../trip.js';
import { advance } from './advance.js';
import { hasControl, holdOf } from './go.js';
import { heldUntil } from './held.js';
import { keptRecord } from './latches.js';
import { overrideGuard } from './override-guard.js';
import { pauseRollout } from './pause.js';
import { positionOf } from './position.js';
import { promoteRollout } from './promote.js';
import { resumeRollout } from './resume.js';
import { startRollout } from './start.js';
import { type WatchedGuard, watchedGuards } from './watched-guards.js';

const SECOND = 1_000;
const MONTH = 30 * 24 * 3_600 * SECOND;
const WINDOW = 5 * SECOND;
const BEGIN = 1_000_000;
const SUBJECT = 'rollout/go';
const GUARDS = ['errors', 'floor'] as const;
type GuardKey = (typeof GUARDS)[number];

const guardEdit = (key: GuardKey, limit: number): Edit =>
  guardOf({
    key,
    source: 'events',
    events: { flag: 'checkout', bad: 'error' },
    ...(key === 'errors' ? { margin: limit, action: 'restore' } : { threshold: limit / 20, action: 'pause' }),
  });

const rolloutEdit = (holds: readonly (number | null)[]): ReturnType<typeof rolloutOf> =>
  rolloutOf({
    key: 'go',
    salt: 'go',
    flag: { key: 'checkout', new: 'on', control: 'off' },
    steps: holds.map((hold, i) =>
      i === 0
        ? { audience: 'employees', hold }
        : { weight: i + 1 === holds.length ? 100_000 : 1_000 * i, hold },
    ),
    guards: [...GUARDS],
  });

/** What happens in a second, before the look at its end. */
type Happening =
  | { readonly is: 'pause' | 'resume' | 'promote' | 'longer' | 'added' }
  | { readonly is: 'override' | 'edit'; readonly guard: GuardKey }
  | { readonly is: 'traffic'; readonly kind: Traffic }
  | { readonly is: 'away'; readonly seconds: number };
type Traffic = 'healthy' | 'worse' | 'broken' | 'none';

const BAD = { healthy: 1, worse: 4, broken: 60, none: 0 } as const;
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ is: fc.constantFrom('pause', 'resume', 'resume', 'promote', 'longer', 'added') }),
  fc.record({ is: fc.constantFrom('override', 'override', 'edit'), guard: fc.constantFrom(...GUARDS) }),
  fc.record({
    is: fc.constant('traffic'),
    kind: fc.constantFrom<Traffic>('healthy', 'worse', 'broken', 'broken', 'none'),
  }),
  fc.record({ is: fc.constant('away'), seconds: fc.integer({ min: 30, max: 120 }) }),
);
const life = fc.array(fc.record({ after: fc.integer({ min: 0, max: 40 }), what: happening }), {
  maxLength: 12,
});
const holds = fc.tuple(
  fc.constantFrom(0, 20, null),
  fc.constantFrom(20, 60),
  fc.constantFrom(30, null),
  fc.constantFrom(30, 90),
);

const broken: Happening = { is: 'traffic', kind: 'broken' };
const healthy: Happening = { is: 'traffic', kind: 'healthy' };
const silent: Happening = { is: 'traffic', kind: 'none' };
/** Lives in which each guard stops it and is overridden, a clock stops, and one is paused, made longer and edited. */
const LIVES: readonly Lived[] = [
  lived(0, [12, broken], [15, healthy], [7, { is: 'override', guard: 'errors' }], [11, broken]),
  lived(20, [9, broken], [15, healthy], [7, { is: 'override', guard: 'floor' }], [40, { is: 'resume' }]),
  lived(
    0,
    [21, silent],
    [33, healthy],
    [9, { is: 'away', seconds: 60 }],
    [3, { is: 'edit', guard: 'floor' }],
  ),
  lived(0, [12, { is: 'pause' }], [31, { is: 'longer' }], [9, { is: 'resume' }], [90, { is: 'added' }]),
];
type Lived = [typeof holds extends fc.Arbitrary<infer T> ? T : never, { after: number; what: Happening }[]];

function lived(first: 0 | 20, ...happenings: readonly (readonly [number, Happening])[]): Lived {
  return [[first, 20, 30, 30], happenings.map(([wait, what]) => ({ after: wait, what }))];
}

/** A rollout in memory, looked at once a second, with all that it does checked against a count of its own. */
class World {
  image: Image;
  now = BEGIN;
  #traffic: Traffic = 'healthy';
  readonly #windows: MetricWindow[] = [];
  /** Held time of the present step as counted here, and whether it counted at the last look. */
  #held = 0;
  #counted = false;
  /** What each guard may know of: windows that began since. */
  readonly #since = new Map<GuardKey, number>();
  /** Windows that each guard should have taken in. */
  readonly #taken = new Map<GuardKey, Set<MetricWindow>>();
  readonly #limits = new Map<GuardKey, number>();

  constructor(private seconds: readonly (number | null)[]) {
    this.image = imageOf(
      segmentOf({ key: 'employees', included: ['eve'] }),
      flagOf({ key: 'checkout' }),
      ...GUARDS.map((key) => guardEdit(key, 1.2)),
      rolloutEdit(seconds),
    );
    expect(this.act(startRollout(this.image, { rollout: 'go' }, this.now))).toBe(true);
    for (const key of GUARDS) this.#anew(key);
  }

  get position() {
    return positionOf(this.image, 'go').position;
  }

  act(plan: Plan): boolean {
    if (plan.commit === null) return false;
    this.image = after(this.image, plan.commit);
    return true;
  }

  happen(what: Happening): void {
    switch (what.is) {
      case 'away':
        return this.pass(what.seconds, false);
      case 'traffic':
        this.#traffic = what.kind;
        return;
      case 'longer':
      case 'added':
        return this.#replan(what.is);
      case 'edit':
        return this.#edit(what.guard);
      case 'override':
        return this.#override(what.guard);
      default:
        this.#actOf(what.is);
    }
  }

  #actOf(is: 'pause' | 'resume' | 'promote'): void {
    const before = this.position;
    const act = { pause: pauseRollout, resume: resumeRollout, promote: promoteRollout }[is];
    if (this.act(act(this.image, { rollout: 'go' }, this.now))) this.#moved(before);
  }

  #replan(is: 'longer' | 'added'): void {
    const at = this.position.step;
    this.seconds =
      is === 'added'
        ? [...this.seconds.slice(0, -1), 30, this.seconds.at(-1) ?? null]
        : this.seconds.map((hold, i) => (i === at ? (hold ?? 0) + 60 : hold));
    const { value } = rolloutEdit(this.seconds);
    this.#write({ kind: 'rollout', key: 'go', value });
  }

  #edit(key: GuardKey): void {
    const limit = (this.#limits.get(key) ?? 1.2) + 0.1;
    this.#limits.set(key, limit);
    this.#write(guardEdit(key, limit));
    // What it rests on changed: the next look begins anew, unless it is latched.
    this.#since.set(key, this.now + SECOND);
    this.#taken.set(key, new Set());
  }

  #override(guard: GuardKey): void {
    const before = this.position;
    if (!this.act(overrideGuard(this.image, { rollout: 'go', guard }, this.now))) return;
    this.#anew(guard);
    if (before.state === 'aborted') for (const key of GUARDS) this.#since.set(key, this.now);
    this.#moved(before);
  }

  #write(edit: Edit): void {
    const revision = this.image.revision + 1;
    this.image = { ...this.image, revision, documents: this.image.documents.with([edit], revision) };
  }

  #anew(key: GuardKey): void {
    this.#since.set(key, this.now);
    this.#taken.set(key, new Set());
  }

  /** Seconds go by, each with a look at its end, or none of them. */
  pass(seconds: number, isWatched = true): void {
    for (let i = 0; i < seconds; i += 1) {
      this.now += SECOND;
      if (this.now % WINDOW === 0) this.#deliver();
      if (isWatched) this.#look();
    }
    if (!isWatched) this.#unwatched();
  }

  /** Nobody looked for so long that what was not yet written down of the clock is lost. */
  #unwatched(): void {
    const { held } = this.position;
    expect(this.#held - held).toBeGreaterThanOrEqual(0);
    expect(this.#held - held).toBeLessThanOrEqual(5 * SECOND);
    this.#held = held;
    this.#counted = false;
  }

  #deliver(): void {
    if (this.#traffic === 'none') return;
    const fresh = { bad: BAD[this.#traffic], total: 100 };
    const window = { from: this.now - WINDOW, to: this.now, new: fresh, control: { bad: 9, total: 900 } };
    this.#windows.push(window);
  }

  #look(): void {
    if (this.#counted) this.#held += SECOND;
    const before = this.position;
    for (const one of watchedGuards(this.image, this.now)) this.#judge(one);
    this.#moved(before);
    const stood = this.position;
    const seen = advance(this.image, 'go', this.now);
    if (seen.decision !== 'stay') this.#goesOn();
    if (seen.decision === 'stay' && seen.state !== null)
      this.image = withState(this.image, seen.state.key, seen.state.value);
    if (seen.decision !== 'stay') this.image = after(this.image, seen.commit);
    this.#moved(stood);
    this.#counted = seen.decision === 'stay' && this.position.state === 'running' && this.#isSeen();
    expect(heldUntil(this.position, this.now)).toBe(this.#held);
  }

  #judge(watched: WatchedGuard): void {
    const { guard, subject, record, situation, revision } = watched;
    const settled = settleRecord(record, basisOf(guard, watched.reads), this.now);
    const asks = needsReading(guard, situation);
    const reading = asks ? this.#readingOf(settled) : null;
    const verdict = judge({ guard, record: settled, reading, situation });
    const next = withPatience(verdict.record, { now: this.now, exposed: watched.exposed });
    const mayKnow = this.#mayKnow(watched, asks && settled.state === 'no-control');
    expect(next.spent).toBeLessThanOrEqual(1);
    expect(next.spent).toBeGreaterThanOrEqual(record.spent);
    expect(next.sums.newTotal).toBeLessThanOrEqual(100 * mayKnow.size);
    this.#spends(situation.plan, record.spent);
    const named = { guard: guard.key, subject, record: next, revision, evidence: { words: '' } };
    if (verdict.decision === 'trip') return this.#trips(named);
    this.image = withState(this.image, stateKey.guard(guard.key, subject), next);
  }

  #readingOf({ madeAt, watermark: from }: GuardRecord): MetricReading {
    const windows = this.#windows.filter((window) => window.from >= Math.max(madeAt, from));
    const watermark = windows.at(-1)?.to ?? from;
    return { windows, watermark, unknown: null, lost: 0, windowLength: WINDOW };
  }

  /** The windows that a guard may have counted by now. */
  #mayKnow({ guard, situation }: WatchedGuard, becameComparable: boolean): Set<MetricWindow> {
    const key = guard.key as GuardKey;
    const known = this.#since.get(key) ?? 0;
    const since = becameComparable ? Math.max(known, situation.step?.startedAt ?? 0) : known;
    this.#since.set(key, since);
    const taken = this.#taken.get(key) ?? new Set();
    if (!needsReading(guard, situation)) return taken;
    for (const window of this.#windows) if (window.from >= since) taken.add(window);
    return taken;
  }

  /** Where another guard has aborted the rollout in the same look, nothing is left to trip. */
  #trips(breach: Breach): void {
    const commit = trip(this.image, breach, this.now);
    if (commit !== null) this.image = after(this.image, commit);
  }

  /** No time goes without mass: unplanned time has a month's, planned time an even spread's, or less where that is a month's. */
  #spends(plan: GuardPlan, spent: number): void {
    const window = { from: this.now - WINDOW, to: this.now };
    const least = Math.min(WINDOW / MONTH, plan.whole ? (0.3 * WINDOW) / plan.whole : 1);
    expect(massOf(window, plan, { spent, first: false }).mass).toBeGreaterThanOrEqual(least * (1 - 1e-9));
  }

  /** Whether every guard that has something to compare sees it. */
  #isSeen(): boolean {
    const { value } = rolloutEdit(this.seconds);
    return GUARDS.every((key) => {
      if (key === 'errors' && !hasControl(value, this.position.step))
        return keptRecord(this.image, key, SUBJECT).record?.trip == null;
      const { record } = keptRecord(this.image, key, SUBJECT);
      return record !== null && record.trip === null && ['ok', 'suspect'].includes(record.state);
    });
  }

  /** A step is left by itself only after a whole hold. */
  #goesOn(): void {
    const hold = holdOf(rolloutEdit(this.seconds).value, this.position);
    expect(this.#held).toBeGreaterThanOrEqual(hold ?? Infinity);
  }

  /** Another step, or the same anew, is held from nothing; a clock that was stopped counts no further. */
  #moved(before: World['position']): void {
    const { step, stepStartedAt, state } = this.position;
    if (step !== before.step || stepStartedAt !== before.stepStartedAt) this.#held = 0;
    if (state !== before.state || step !== before.step) this.#counted = false;
  }
}

describe('the life of a rollout', () => {
  it('holds a step while its guards see, spends its mass once, and counts each window once, whatever people do', () => {
    fc.assert(
      fc.property(holds, life, (seconds, happenings) => {
        const world = new World(seconds);
        for (const { after: wait, what } of happenings) {
          world.pass(wait);
          world.happen(what);
        }
        world.pass(90);
      }),
      { numRuns: 25, examples: [...LIVES] },
    );
  });
});
