import { describe, expect, it } from '@jest/globals';
import {
  after,
  afterPlan,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  segmentOf,
  withAppliedRoute,
  withState,
} from '../../../test/support/image.js';
import type { GuardRecord } from '../guard/guard-record.js';
import { freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import type { RolloutPosition, RolloutStep } from '../rollout.js';
import { type Advance, advance } from './advance.js';
import { pauseRollout } from './pause.js';
import { startRollout } from './start.js';

const START = 1_000_000;
const STEPS: RolloutStep[] = [
  { weight: 5_000, hold: 10 },
  { weight: 100_000, hold: 10 },
];

function started(steps = STEPS, guards = ['errors']): Image {
  const image = withAppliedRoute(
    imageOf(
      segmentOf({ key: 'employees' }),
      flagOf({ key: 'checkout' }),
      routeOf({ key: 'shop' }),
      guardOf({ key: 'errors', source: 'events', events: { flag: 'checkout', bad: 'error' }, margin: 1.2 }),
      rolloutOf({
        key: 'go',
        flag: { key: 'checkout', new: 'on', control: 'off' },
        routes: [{ key: 'shop', new: 'v2', control: 'v1' }],
        steps,
        guards,
        salt: 'go',
      }),
    ),
    'shop',
    START,
  );
  return withAppliedRoute(afterPlan(image, startRollout(image, { rollout: 'go' }, START)), 'shop', START);
}

const position = (image: Image): RolloutPosition => image.states.get('rollout/go')?.value as RolloutPosition;

/** What the guard says at `now`. */
function saying(image: Image, now: number, record: Partial<GuardRecord>): Image {
  const said = { ...freshRecord(1, START), state: 'ok', watermark: now, dataAt: now, windows: 2, ...record };
  return withState(image, 'guard/errors/rollout/go', said);
}

/** One look after another, every half second, with a fresh status and whatever the guard says; ends when the step does. */
function look(
  image: Image,
  { from, to, record = {} }: { from: number; to: number; record?: Partial<GuardRecord> },
): { image: Image; result: Advance; at: number } {
  let state = image;
  for (let now = from; ; now += 500) {
    state = saying(withAppliedRoute(state, 'shop', now), now, record);
    const result = advance(state, 'go', now);
    if (result.decision !== 'stay' || now >= to) return { image: state, result, at: now };
    if (result.state !== null) state = withState(state, 'rollout/go', result.state.value);
  }
}

describe('advance', () => {
  it('goes on when the hold is over, the guard is ok and the route ready', () => {
    const { result, at } = look(started(), { from: START, to: START + 60_000 });
    expect(result.decision).toBe('next');
    expect(at).toBe(START + 10_000);
    const next = result.decision === 'next' ? result.commit : null;
    expect(next?.event).toMatchObject({
      kind: 'step',
      subject: 'rollout/go',
      evidence: { step: 2, of: 2, reach: '100 %', held: 10_000, guards: [{ guard: 'errors', state: 'ok' }] },
    });
    expect(Object.keys(next?.expected ?? {})).toEqual(['flag/checkout', 'route/shop']);
    expect(Object.keys(next?.unchanged ?? {}).sort()).toEqual(['guard/errors', 'rollout/go']);
  });

  it('completes after the hold of the last step', () => {
    const second = look(started(), { from: START, to: START + 60_000 });
    if (second.result.decision !== 'next') throw new Error('no step');
    const last = withAppliedRoute(after(second.image, second.result.commit), 'shop', second.at);
    const { result, at } = look(last, { from: second.at, to: second.at + 60_000 });
    expect(result.decision).toBe('complete');
    expect(at).toBe(second.at + 10_000);
  });

  it('writes when the clock starts, then every 5 s, and nothing between', () => {
    let state = started(STEPS, []);
    const writes: number[] = [];
    for (let now = START; now < START + 9_000; now += 500) {
      state = withAppliedRoute(state, 'shop', now);
      const result = advance(state, 'go', now);
      if (result.decision !== 'stay' || result.state === null) continue;
      writes.push(now - START);
      state = withState(state, 'rollout/go', result.state.value);
    }
    expect(writes).toEqual([0, 5_000]);
    expect(position(state)).toMatchObject({ held: 5_000, heldAt: START + 5_000, waiting: '' });
  });

  it.each<[string, Partial<GuardRecord>, RegExp]>([
    [
      'warming',
      { state: 'warming', dataAt: null, trouble: 'no traffic yet' },
      /errors is warming: no traffic yet/,
    ],
    ['blind', { state: 'blind', trouble: 'no data' }, /errors is blind/],
    ['untrusted', { state: 'untrusted' }, /errors is untrusted/],
    ['of an older run', { run: 0 }, /no record of this run/],
    ['no-control from an earlier step', { state: 'no-control' }, /errors is warming/],
  ])('doesn’t count the time in which a guard is %s', (_state, record, words) => {
    const { image, result } = look(started(), { from: START, to: START + 30_000, record });
    expect(result.decision).toBe('stay');
    expect(position(image)).toMatchObject({ held: 0, heldAt: null });
    expect(position(image).waiting).toMatch(words);
  });

  it('waits for a guard that is suspect though the time counts, until the new arm was quiet for one hold', () => {
    const waiting = look(started(), {
      from: START,
      to: START + 15_000,
      record: { state: 'suspect', lastBadAt: START + 9_000 },
    });
    expect(waiting.result.decision).toBe('stay');
    expect(position(waiting.image).waiting).toMatch(/suspect/);
    const quiet = look(waiting.image, {
      from: START + 15_500,
      to: START + 60_000,
      record: { state: 'suspect', lastBadAt: START + 9_000 },
    });
    expect(quiet.result.decision).toBe('next');
    expect(quiet.at).toBe(START + 19_000);
  });

  it('doesn’t go on by an old verdict of a guard that nobody asks any more', () => {
    const steps: RolloutStep[] = [
      { weight: 5_000, hold: 60 },
      { weight: 100_000, hold: 1 },
    ];
    const { image, result } = look(started(steps), {
      from: START,
      to: START + 90_000,
      record: { dataAt: START + 5_000, watermark: START + 5_000, windows: 1 },
    });
    expect(result.decision).toBe('stay');
    expect(position(image).waiting).toMatch(/no data/);
  });

  it('tells old data by the window of its source, however long the guard went without traffic', () => {
    const hour = 3_600_000;
    const image = withState(started(), 'rollout/go', { ...position(started()), held: 9_900, heldAt: START });
    const record = { windows: 3, madeAt: START - 2 * hour, windowLength: 5_000 };
    const seen = (age: number): Advance => {
      const dataAt = START + 500 - age;
      return advance(saying(image, START + 500, { ...record, dataAt, watermark: dataAt }), 'go', START + 500);
    };
    expect(seen(hour)).toMatchObject({
      decision: 'stay',
      state: { value: { waiting: expect.stringMatching(/no data/) } },
    });
    expect(seen(20_001).decision).toBe('stay');
    expect(seen(20_000).decision).toBe('next');
  });

  it('waits until the guards have judged all that came before it began to look', () => {
    const image = withState(started(), 'rollout/go', { ...position(started()), held: 9_900, heldAt: START });
    const now = START + 500;
    const kept = saying(image, now, { windowLength: 5_000, dataAt: now - 6_000, watermark: now - 6_000 });
    expect(advance(kept, 'go', now).decision).toBe('next');
    const result = advance(kept, 'go', now, now - 5_000);
    expect(result.decision === 'stay' && result.state?.value).toMatchObject({
      waiting: expect.stringMatching(/yet to judge/),
    });
    const read = saying(image, now, { windowLength: 5_000, dataAt: now - 1_000, watermark: now - 1_000 });
    expect(advance(read, 'go', now, now - 5_000).decision).toBe('next');
  });

  it('never lets a suspect guard go in the window of its last bad event, not even in a step without hold', () => {
    const steps: RolloutStep[] = [
      { weight: 5_000, hold: 0 },
      { weight: 100_000, hold: 1 },
    ];
    const suspect = (lastBadAt: number): Advance => {
      const record = { state: 'suspect', lastBadAt, windowLength: 5_000 } as const;
      const counting = withState(started(steps), 'rollout/go', {
        ...position(started(steps)),
        heldAt: START,
      });
      const looked = withAppliedRoute(counting, 'shop', START + 20_000);
      return advance(saying(looked, START + 20_000, record), 'go', START + 20_000);
    };
    expect(suspect(START + 20_000).decision).toBe('stay');
    expect(suspect(START + 15_000).decision).toBe('next');
  });

  it('never goes on while a guard is latched', () => {
    const { result } = look(started(), {
      from: START,
      to: START + 30_000,
      record: { state: 'tripped', trip: { at: START, evidence: {} } },
    });
    expect(result.decision).toBe('stay');
  });

  it('lets a relative guard be where there is nothing to compare with', () => {
    const steps: RolloutStep[] = [{ audience: 'employees', hold: 5 }, ...STEPS];
    const { result, at } = look(started(steps), {
      from: START,
      to: START + 30_000,
      record: { state: 'warming', dataAt: null },
    });
    expect(result.decision).toBe('next');
    expect(at).toBe(START + 5_000);
  });

  it('counts no time while the table of the step is not applied, and says so', () => {
    const image = withState(started(STEPS, []), 'route/shop', undefined);
    const bare = { ...image, states: new Map([...image.states].filter(([key]) => key !== 'route/shop')) };
    const result = advance(bare, 'go', START + 20_000);
    expect(result).toMatchObject({ decision: 'stay', state: { value: { heldAt: null } } });
    expect(result.decision === 'stay' && result.state?.value).toMatchObject({
      waiting: expect.stringMatching(/route shop/),
    });
  });

  it('waits with the hold over until the new version is ready', () => {
    const held = withState(started(STEPS, []), 'rollout/go', {
      ...position(started()),
      held: 11_000,
      heldAt: START,
    });
    const dead = withAppliedRoute(held, 'shop', START + 500, { v1: 2, v2: 0 });
    const result = advance(dead, 'go', START + 500);
    expect(result.decision === 'stay' && result.state?.value).toMatchObject({
      waiting: 'Version v2 of route shop has no ready endpoints.',
    });
    expect(advance(withAppliedRoute(held, 'shop', START + 500), 'go', START + 500).decision).toBe('next');
  });

  it('leaves a step without end to people', () => {
    const steps: RolloutStep[] = [
      { weight: 5_000, hold: null },
      { weight: 100_000, hold: 1 },
    ];
    const { image, result } = look(started(steps), { from: START, to: START + 120_000 });
    expect(result.decision).toBe('stay');
    expect(position(image).waiting).toBe('Held until somebody promotes.');
  });

  it('doesn’t count a time in which nobody looked', () => {
    const counting = withState(started(STEPS, []), 'rollout/go', { ...position(started()), heldAt: START });
    const now = START + 3_600_000;
    const result = advance(withAppliedRoute(counting, 'shop', now), 'go', now);
    expect(result.decision).toBe('stay');
    expect(result.decision === 'stay' && result.state?.value).toMatchObject({ held: 0, heldAt: now });
  });

  it('leaves a paused rollout where it is', () => {
    const { commit } = pauseRollout(started(), { rollout: 'go' }, START);
    const paused = after(started(), commit as NonNullable<typeof commit>);
    expect(advance(withAppliedRoute(paused, 'shop', START), 'go', START + 60_000)).toEqual({
      decision: 'stay',
      state: null,
    });
  });
});
