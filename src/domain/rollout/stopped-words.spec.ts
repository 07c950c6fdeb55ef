import { describe, expect, it } from '@jest/globals';
import { after, afterPlan, flagOf, guardOf, imageOf, rolloutOf } from '../../../test/support/image.js';
import { actOnBlindness } from '../blindness.js';
import type { BlindAction, GuardAction, GuardInput } from '../guard.js';
import { freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import { trip } from '../trip.js';
import { advance } from './advance.js';
import { keptRecord } from './latches.js';
import { pauseRollout } from './pause.js';
import { positionOf } from './position.js';
import { promoteRollout } from './promote.js';
import { resetGuard } from './reset-guard.js';
import { resumeRollout } from './resume.js';
import { startRollout } from './start.js';
import { stoppedWords } from './stopped-words.js';

const NOW = 5_000;
const LATER = 400_000;
const EVENTS = { source: 'events', events: { flag: 'checkout', bad: 'error' } } as const;
const OF_ROLLOUT = 'rollout/go';
const OF_FLAG = 'flag/checkout';
const INPUT = { rollout: 'go' };

/** In the first of two steps, watched by `errors`, and its flag by `alone` as well. */
function running(input: Partial<GuardInput> = {}): Image {
  const target = { flag: 'checkout', new: 'on', control: 'off' };
  const image = imageOf(
    flagOf({ key: 'checkout' }),
    guardOf({ key: 'errors', ...EVENTS, margin: 1.2, ...input }),
    guardOf({ key: 'alone', ...EVENTS, threshold: 0.1, target }),
    rolloutOf({
      key: 'go',
      flag: { key: 'checkout', new: 'on', control: 'off' },
      steps: [50_000, 100_000].map((weight) => ({ weight, hold: 60 })),
      guards: ['errors'],
      salt: 'go',
    }),
  );
  return afterPlan(image, startRollout(image, INPUT, NOW));
}

function stopped(image: Image, guard = 'errors', subject = OF_ROLLOUT): Image {
  const { record, revision } = keptRecord(image, guard, subject);
  const evidence = { words: 'errors 3.1× control' };
  const breach = { guard, subject, record: record ?? freshRecord(0, NOW), revision, evidence };
  const commit = trip(image, breach, NOW);
  if (commit === null) throw new Error('nothing to trip');
  return after(image, commit);
}

function blinded(whenBlind: BlindAction): Image {
  const image = running({ whenBlind });
  const { record, revision } = keptRecord(image, 'errors', OF_ROLLOUT);
  const unseen = { since: LATER - 300_000, told: false };
  const blind = { ...(record ?? freshRecord(1, NOW)), state: 'blind', trouble: 'no answer', unseen } as const;
  const commit = actOnBlindness(
    image,
    { guard: 'errors', subject: OF_ROLLOUT, record: blind, revision },
    LATER,
  );
  if (commit === null) throw new Error('nothing is done');
  return after(image, commit);
}

const waiting = (image: Image): string => positionOf(image, 'go').position.waiting;
const reset = (image: Image, guard = 'errors', subject = OF_ROLLOUT): Image =>
  afterPlan(image, resetGuard(image, { guard, subject }, LATER));
const resumed = (image: Image): Image => afterPlan(image, resumeRollout(image, INPUT, LATER));

const PAUSED = 'Guard errors has paused it: errors 3.1× control.';
const ABORTED = 'Guard errors has aborted it: errors 3.1× control.';
const OVERRIDE_PAUSED = 'To go on, override the guard, or reset it and resume.';
const OVERRIDE_ABORTED = 'To go on, override the guard; to begin anew, reset it and start.';

describe('a rollout that a guard has stopped', () => {
  it.each<[GuardAction, string]>([
    ['pause', `${PAUSED} ${OVERRIDE_PAUSED}`],
    ['restore', `${ABORTED} ${OVERRIDE_ABORTED}`],
    ['disable', `${ABORTED} ${OVERRIDE_ABORTED}`],
    ['stepBack', `${ABORTED} ${OVERRIDE_ABORTED}`],
    ['tell', ''],
    ['none', ''],
  ])('with %s says which, what it found, and what a person can do', (action, words) => {
    expect(waiting(stopped(running({ action })))).toBe(words);
  });

  it('says so as well where it went back a step', () => {
    const first = running({ action: 'stepBack' });
    const second = afterPlan(first, promoteRollout(first, INPUT, NOW));
    expect(waiting(stopped(second))).toBe(`${PAUSED} ${OVERRIDE_PAUSED}`);
  });

  it.each<[BlindAction, string]>([
    ['hold', ''],
    ['pause', 'Guard errors has paused it: blind for 300 s: no answer. To go on, resume.'],
    ['restore', 'Guard errors has aborted it: blind for 300 s: no answer. To begin anew, start.'],
  ])('with %s since it could not see, says that nothing has to be reset', (whenBlind, words) => {
    expect(waiting(blinded(whenBlind))).toBe(words);
  });

  it('names the guard of its flag that switched it off', () => {
    const image = stopped(running(), 'alone', OF_FLAG);
    const words = 'Guard alone has aborted it: errors 3.1× control.';
    expect(waiting(image)).toBe(`${words} To begin anew, reset the guard and start.`);
    expect(waiting(reset(image, 'alone', OF_FLAG))).toBe(`${words} To begin anew, start.`);
  });

  it('says less once the guard was reset, and nothing once it goes on', () => {
    const image = reset(stopped(running({ action: 'pause' })));
    expect(waiting(image)).toBe(`${PAUSED} To go on, resume.`);
    expect(waiting(afterPlan(image, promoteRollout(image, INPUT, LATER)))).toBe(
      `${PAUSED} To go on, resume.`,
    );
    expect(waiting(resumed(image))).toBe('');
    expect(waiting(reset(stopped(running({ action: 'restore' }))))).toBe(`${ABORTED} To begin anew, start.`);
  });

  it('says of a reset nothing where somebody else has stopped it since', () => {
    const image = resumed(stopped(running({ action: 'pause' })));
    const paused = afterPlan(image, pauseRollout(image, INPUT, LATER));
    expect(waiting(reset(paused))).toBe('');
  });

  it('is held by the latch where it was resumed over it, and says the same of that', () => {
    const image = resumed(stopped(running({ action: 'pause' })));
    const looked = advance(image, 'go', LATER);
    expect(looked).toMatchObject({
      state: {
        value: { waiting: 'Guard errors has tripped: errors 3.1× control; override it, or reset it.' },
      },
    });
  });
});

describe('the words of a guard that stopped a rollout', () => {
  const stopping = { guard: 'g', subject: 'route/shop', evidence: {}, state: 'aborted' } as const;

  it('tell to open the route that it closed', () => {
    expect(stoppedWords({ ...stopping, isLatched: true })).toBe(
      'Guard g has aborted it. To begin anew, reset the guard, open the route and start.',
    );
    expect(stoppedWords({ ...stopping, isLatched: false })).toBe(
      'Guard g has aborted it. To begin anew, open the route and start.',
    );
  });

  it('end what was found with one full stop', () => {
    const evidence = { words: 'It failed.' };
    expect(stoppedWords({ ...stopping, evidence, isLatched: false })).toMatch(
      /^Guard g has aborted it: It failed\. To/,
    );
  });
});
