import { describe, expect, it } from '@jest/globals';
import {
  after,
  afterPlan,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  withAppliedRoute,
  withState,
} from '../../../test/support/image.js';
import { VERDICT_ID } from '../change.js';
import type { GuardAction } from '../guard.js';
import { type KeptVerdict, replay } from '../guard/kept-verdict.js';
import type { GuardRecord } from '../guard/guard-record.js';
import { isPatienceOver, withPatience } from '../guard/patience.js';
import { freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import type { Plan } from '../plan.js';
import { trip } from '../trip.js';
import { abortRollout } from './abort.js';
import { keptRecord, latchedGuards } from './latches.js';
import { overrideGuard } from './override-guard.js';
import { positionOf } from './position.js';
import { promoteRollout } from './promote.js';
import { resetGuard } from './reset-guard.js';
import { startRollout } from './start.js';
import { watchedGuards } from './watched-guards.js';

const NOW = 5_000;
const LATER = 900_000;
const EVENTS = { source: 'events', events: { flag: 'checkout', bad: 'error' }, margin: 1.2 } as const;
const SUBJECT = 'rollout/go';

function done(image: Image, plan: Plan, now = NOW): Image {
  return withAppliedRoute(afterPlan(image, plan), 'shop', now);
}

/** In its second of three steps (5 %, 20 %, 100 %), watched by `errors` with this action and by `more`. */
function running(action: GuardAction): Image {
  const image = withAppliedRoute(
    imageOf(
      flagOf({ key: 'checkout' }),
      routeOf({ key: 'shop' }),
      guardOf({ key: 'errors', ...EVENTS, action }),
      guardOf({ key: 'more', ...EVENTS, action: 'pause' }),
      rolloutOf({
        key: 'go',
        flag: { key: 'checkout', new: 'on', control: 'off' },
        routes: [{ key: 'shop', new: 'v2', control: 'v1' }],
        steps: [5_000, 20_000, 100_000].map((weight) => ({ weight, hold: 60 })),
        guards: ['errors', 'more'],
        salt: 'go',
      }),
    ),
    'shop',
    NOW,
  );
  const first = done(image, startRollout(image, { rollout: 'go' }, NOW));
  return done(first, promoteRollout(first, { rollout: 'go' }, NOW));
}

function tripped(image: Image, guard = 'errors'): Image {
  const { record, revision } = keptRecord(image, guard, SUBJECT);
  const evidence = { words: `${guard} 3× control` };
  const commit = trip(
    image,
    { guard, subject: SUBJECT, record: record ?? freshRecord(1, NOW), revision, evidence },
    NOW,
  );
  if (commit === null) throw new Error('nothing to trip');
  return withAppliedRoute(after(image, commit), 'shop', LATER);
}

const override = (image: Image): Plan => overrideGuard(image, { rollout: 'go', guard: 'errors' }, LATER);
const overridden = (image: Image): Image => done(image, override(image), LATER);
const faults = ({ errors }: Plan): string[] => errors.map(({ code, field }) => `${code} ${field}`);
const weightOf = (image: Image): unknown =>
  image.documents
    .value('route', 'shop')
    ?.rules.flatMap(({ serve }) => ('split' in serve ? [serve.split.arms[0]?.weight] : []))[0];

describe('an override', () => {
  it.each<[GuardAction, { step: number; weight: number }]>([
    ['disable', { step: 1, weight: 2_000 }],
    ['restore', { step: 1, weight: 2_000 }],
    ['stepBack', { step: 0, weight: 500 }],
    ['pause', { step: 1, weight: 2_000 }],
  ])('of a guard that did %s lets the rollout go on where it was stopped, held anew', (action, at) => {
    const image = overridden(tripped(running(action)));
    expect(positionOf(image, 'go').position).toEqual({
      run: 1,
      step: at.step,
      state: 'running',
      held: 0,
      heldAt: null,
      stepStartedAt: LATER,
      startedAt: NOW,
      waiting: '',
    });
    expect(weightOf(image)).toBe(at.weight);
    expect(image.documents.value('flag', 'checkout')?.enabled).toBe(true);
    expect(latchedGuards(image, { flag: 'checkout', routes: ['shop'] })).toEqual([]);
    expect(keptRecord(image, 'errors', SUBJECT).record).toEqual(freshRecord(1, LATER));
  });

  it('is one commit, told with what it overrides', () => {
    const { commit } = override(tripped(running('disable')));
    expect(commit?.event).toEqual({
      kind: 'override',
      subject: 'guard/errors',
      evidence: {
        of: SUBJECT,
        run: 1,
        step: 2,
        reach: '20 %',
        from: 'aborted',
        trippedAt: NOW,
        trip: { words: 'errors 3× control' },
        verdict: VERDICT_ID,
      },
    });
    const { guard, entry } = commit?.verdict ?? {};
    expect(guard).toBe('errors');
    expect(replay(entry as KeptVerdict)).toMatchObject({ same: true });
    expect(commit?.edits.map(({ kind }) => kind)).toEqual(['flag', 'route']);
    expect(commit?.asOf).toBeGreaterThan(0);
  });

  it('leaves the other guards what they know, and nothing of the time between', () => {
    const record = { ...freshRecord(1, NOW), windows: 7, logE: -1, watermark: NOW + 60_000 };
    const before = withState(running('restore'), 'guard/more/rollout/go', record);
    const kept = keptRecord(overridden(tripped(before)), 'more', SUBJECT).record;
    expect(kept).toEqual({ ...record, madeAt: LATER, watermark: LATER });
  });

  it('leaves no guard out of patience that was blind when its rollout was stopped', () => {
    const unseen = { since: NOW, told: false };
    const record: GuardRecord = { ...freshRecord(1, NOW), state: 'blind', unseen };
    const before = withState(running('restore'), 'guard/more/rollout/go', record);
    const { guard, record: kept } =
      watchedGuards(overridden(tripped(before)), LATER).find((one) => one.guard.key === 'more') ?? {};
    if (guard === undefined || kept === undefined) throw new Error('nobody watches it');
    const stillBlind = withPatience(kept, { now: LATER, exposed: true });
    expect(stillBlind.unseen).toMatchObject({ since: LATER, told: false });
    expect(isPatienceOver(guard, stillBlind, LATER)).toBe(false);
  });

  it.each(['tell', 'none'] as const)('of a guard of %s opens its latch, and moves nothing', (action) => {
    const before = tripped(running(action));
    const image = overridden(before);
    expect(positionOf(image, 'go')).toEqual(positionOf(before, 'go'));
    expect(keptRecord(image, 'errors', SUBJECT).record?.trip).toBeNull();
  });

  it('is not what a reset is: that enables nothing and leaves the rollout aborted', () => {
    const before = tripped(running('disable'));
    const image = done(before, resetGuard(before, { guard: 'errors', subject: SUBJECT }, LATER));
    expect(positionOf(image, 'go').position.state).toBe('aborted');
    expect(image.documents.value('flag', 'checkout')?.enabled).toBe(false);
    expect(faults(override(image))).toEqual(['NOT_LATCHED guard']);
  });
});

describe('an override is refused', () => {
  const paused = tripped(running('pause'));
  const aborted = tripped(running('restore'));
  const closed = { ...routeOf({ key: 'shop', closed: 'v1' }), key: 'shop' };

  it.each<[string, Image, string[]]>([
    ['where nothing has tripped', running('pause'), ['NOT_LATCHED guard']],
    [
      'where a person has aborted since',
      done(paused, abortRollout(paused, { rollout: 'go' }, NOW)),
      ['ROLLOUT_STATE key'],
    ],
    ['where another guard has tripped as well', tripped(paused, 'more'), ['GUARD_TRIPPED guard']],
    [
      'where a route was closed since',
      { ...aborted, documents: aborted.documents.with([closed], aborted.revision) },
      ['ROLLOUT_STATE routes.0.key'],
    ],
    ['where the new version is not ready', withAppliedRoute(aborted, 'shop', 1), ['NOT_READY key']],
  ])('%s', (_, image, expected) => expect(faults(override(image))).toEqual(expected));

  it('of a guard that is not of this rollout, and of a rollout that stands elsewhere', () => {
    const plan = overrideGuard(aborted, { rollout: 'go', guard: 'nobody' }, LATER);
    expect(faults(plan)).toEqual(['NOT_FOUND guard']);
    const moved = { rollout: 'go', guard: 'errors', expectedPosition: '1.0.aborted' };
    expect(faults(overrideGuard(aborted, moved, LATER))).toEqual(['STALE_REVISION expectedPosition']);
  });
});
