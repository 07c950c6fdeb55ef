import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsedGuard } from '../../../test/support/judging.js';
import { ALONE } from '../guard/combination.js';
import { judge } from '../guard/judge.js';
import { massOf } from '../guard/mass.js';
import { freshRecord } from '../guard/record.js';
import { countFor, seeded } from '../guard/seeded-counts.js';
import { type Rollout, type RolloutPosition, rolloutSchema } from '../rollout.js';
import { situationOf } from './situation.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MONTH = 30 * 24 * HOUR;

/** A rollout with steps that are held so long, ms; null = until somebody promotes. */
const rollout = (...holds: readonly (number | null)[]): Rollout =>
  rolloutSchema.parse({
    key: 'go',
    salt: 's',
    flag: { key: 'checkout', new: 'on', control: 'off' },
    steps: holds.map((hold, i) => ({ weight: 5_000 + i, hold: hold === null ? null : hold / 1_000 })),
  });

const begun: RolloutPosition = {
  run: 1,
  step: 0,
  state: 'running',
  held: 0,
  heldAt: null,
  stepStartedAt: 0,
  startedAt: 0,
  waiting: '',
};

const counted = (now: number, held = now): RolloutPosition => ({ ...begun, held, heldAt: now });
const stopped = (held: number): RolloutPosition => ({ ...begun, held });

/** What one window of 5 s that ends at `now` spends of a run of which half the rest is spent. */
function massAt(now: number, definition: Rollout, position: RolloutPosition): number {
  const { plan } = situationOf(definition, position, { now, combined: ALONE });
  return massOf({ from: now - 5 * SECOND, to: now }, plan, { spent: 0.85, first: false }).mass;
}

describe('the start-time mass of a rollout', () => {
  const one = rollout(HOUR);
  const two = rollout(HOUR, HOUR);
  const asPlanned = (ahead: number): number => (0.15 * 5 * SECOND) / ahead;
  const unplanned = (5 * SECOND) / MONTH;

  it.each<[string, number, Rollout, RolloutPosition, number]>([
    ['while a hold counts: its share', HOUR / 2, one, counted(HOUR / 2), asPlanned(HOUR / 2 + 5 * SECOND)],
    ['with a step ahead', HOUR / 2, two, counted(HOUR / 2), asPlanned(1.5 * HOUR + 5 * SECOND)],
    ['at the end of the last hold: what is left', HOUR, one, counted(HOUR), 0.15],
    ['after the last hold', 2 * HOUR, one, counted(2 * HOUR), unplanned],
    ['after a hold that a later one would follow', 2 * HOUR, two, counted(2 * HOUR), unplanned],
    ['while the clock stands still', 2 * HOUR, one, stopped(HOUR / 2), unplanned],
    ['while nobody watches the clock', 2 * HOUR, one, counted(HOUR, HOUR / 2), unplanned],
    ['in a pause', 2 * HOUR, one, { ...stopped(HOUR / 2), state: 'paused' }, unplanned],
    ['in a step without end', HOUR, rollout(null, HOUR), counted(HOUR), unplanned],
    [
      'where a hold is over within it: both parts',
      HOUR + 2 * SECOND,
      two,
      counted(HOUR + 2 * SECOND),
      asPlanned(HOUR + 3 * SECOND) * 0.6 + unplanned * 0.4,
    ],
  ])('%s', (_, now, definition, position, expected) => {
    expect(massAt(now, definition, position)).toBeCloseTo(expected, 12);
  });

  it('goes on where steps were added after all was spent, at no more than that of unplanned time', () => {
    const { plan } = situationOf(rollout(HOUR, HOUR), counted(HOUR, HOUR), { now: HOUR, combined: ALONE });
    const window = { from: HOUR - 5 * SECOND, to: HOUR };
    expect(massOf(window, plan, { spent: 1, first: false })).toEqual({ mass: unplanned, planned: 0 });
  });
});

/** What may happen to a rollout while a window lasts. */
const LIFE = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 10 * MINUTE }),
    to: fc.constantFrom('counts', 'counts', 'counts', 'stopped', 'paused', 'next', 'longer', 'edited'),
  }),
  { minLength: 1, maxLength: 200 },
);
const HOLDS = fc.array(fc.option(fc.integer({ min: 0, max: 3 * 3_600 }), { freq: 5 }), {
  minLength: 1,
  maxLength: 5,
});

type Life = (typeof LIFE extends fc.Arbitrary<infer T> ? T : never)[number];

interface Lived {
  readonly holds: readonly (number | null)[];
  readonly position: RolloutPosition;
  readonly now: number;
}

function after({ holds, position, now }: Lived, { length, to }: Life): Lived {
  const later = now + length;
  const held = position.held + (to === 'counts' ? length : 0);
  const state = to === 'paused' ? ('paused' as const) : ('running' as const);
  const on = { ...position, state, held, heldAt: to === 'counts' ? later : null };
  if (to === 'longer') return { holds: [...holds, HOUR], position: on, now: later };
  if (to !== 'next' || position.step + 1 === holds.length) return { holds, position: on, now: later };
  return { holds, position: { ...on, step: position.step + 1, held: 0 }, now: later };
}

describe('the start-time mass of any life of a rollout', () => {
  it('is at most 1, and Δt / 30 d on top; and no time goes without', () => {
    fc.assert(
      fc.property(HOLDS, LIFE, (seconds, life) => {
        let lived: Lived = { holds: seconds.map((s) => s && s * 1_000), position: begun, now: 0 };
        let [mass, spent, first] = [0, 0, true];
        for (const one of life) {
          const from = lived.now;
          lived = after(lived, one);
          const definition = rollout(...lived.holds);
          const { plan } = situationOf(definition, lived.position, { now: lived.now, combined: ALONE });
          const window = { from, to: lived.now };
          const part = massOf(window, plan, { spent, first });
          const least = Math.min(1 / MONTH, plan.whole ? 0.3 / plan.whole : 1);
          expect(part.mass).toBeGreaterThanOrEqual(one.length * least * (1 - 1e-9));
          mass += part.mass;
          spent = Math.min(1, spent + part.planned);
          first = one.to === 'edited';
        }
        expect(mass).toBeLessThanOrEqual(1 + lived.now / MONTH + 1e-9);
      }),
    );
  });

  it('is 1 where all goes as planned, however long that is and wherever windows end', () => {
    const times = fc.array(fc.integer({ min: 1, max: 4 * 24 * 3_600 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(times, fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (seconds, cuts) => {
        const holds = seconds.map((s) => s * 1_000);
        const whole = holds.reduce((sum, hold) => sum + hold, 0);
        const ends = [...cuts.map((cut) => cut * whole), whole].sort((a, b) => a - b);
        let [mass, spent, from] = [0, 0, 0];
        for (const to of ends) {
          const { step, began } = stepAt(holds, to);
          const position = { ...counted(to, to - began), step };
          const { plan } = situationOf(rollout(...holds), position, { now: to, combined: ALONE });
          const part = massOf({ from, to }, plan, { spent, first: from === 0 && mass === 0 });
          mass += part.mass;
          spent += part.planned;
          from = to;
        }
        expect(mass).toBeCloseTo(ends.length > 1 ? 1 : 0.7, 9);
      }),
    );
  });
});

function stepAt(holds: readonly number[], time: number): { readonly step: number; readonly began: number } {
  let began = 0;
  for (const [step, hold] of holds.entries()) {
    if (time < began + hold || step === holds.length - 1) return { step, began };
    began += hold;
  }
  return { step: 0, began: 0 };
}

/** How long after it began a fault is found, ms: in a step at 5 % of 100 requests a second of which 1 % fail, a window a minute. */
function foundAfter(
  definition: Rollout,
  { at, from, times }: { at: (now: number) => RolloutPosition; from: number; times: number },
): number {
  const random = seeded(1);
  const guard = parsedGuard({ margin: 1 });
  let record = freshRecord(1, 0);
  for (let now = MINUTE; now < from + 6 * HOUR; now += MINUTE) {
    const fresh = { bad: countFor(now > from ? 3 * times : 3, random), total: 300 };
    const control = { bad: countFor(57, random), total: 5_700 };
    const windows = [{ from: now - MINUTE, to: now, new: fresh, control }];
    const verdict = judge({
      guard,
      record,
      reading: { windows, watermark: now, unknown: null, lost: 0, windowLength: MINUTE },
      situation: situationOf(definition, at(now), { now, combined: ALONE }),
    });
    record = verdict.record;
    if (verdict.decision === 'trip') return now - from;
  }
  return Infinity;
}

describe('a fault after a day in which the rollout waited', () => {
  it.each<[string, Rollout, (now: number) => RolloutPosition]>([
    ['its last hold over', rollout(HOUR), (now) => counted(now)],
    ['a hold over that another would follow', rollout(HOUR, HOUR), (now) => counted(now)],
    [
      'its clock stopped half-way',
      rollout(HOUR),
      (now) => (now < HOUR / 2 ? counted(now) : stopped(HOUR / 2)),
    ],
  ])('%s, is found as soon as one without a plan', (_, definition, at) => {
    const [double, tenfold] = [2, 10].map((times) => foundAfter(definition, { at, from: 24 * HOUR, times }));
    // Without mass while it waited: two to four hours, and twenty minutes.
    expect(double).toBeLessThan(HOUR);
    expect(tenfold).toBeLessThanOrEqual(3 * MINUTE);
  });
});
