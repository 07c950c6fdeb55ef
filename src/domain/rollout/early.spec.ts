import { describe, expect, it } from '@jest/globals';
import { afterPlan, flagOf, guardOf, imageOf, rolloutOf, withState } from '../../../test/support/image.js';
import type { GuardInput } from '../guard.js';
import type { GuardRecord } from '../guard/guard-record.js';
import { freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import { type RolloutInput, rolloutSchema, type RolloutStep } from '../rollout.js';
import { warningsOf } from '../warnings.js';
import { type Advance, advance } from './advance.js';
import { definitionErrors } from './definition.js';
import { rolloutOwnershipErrors } from './rollout-ownership.js';
import { startRollout } from './start.js';

const START = 1_000_000;
const SECOND = 1_000;
const FULL: RolloutStep = { weight: 100_000, hold: 60 };
const STEPS: RolloutStep[] = [{ weight: 5_000, hold: 60, earlyAfter: 10 }, FULL];
const ERRORS: Partial<GuardInput> = { margin: 1.2 };
const PROVEN = { since: START, logs: [3] };

type Guards = { readonly [key: string]: Partial<GuardInput> };

function documents(steps = STEPS, guards: Guards = { errors: ERRORS }): Image {
  const all = Object.entries(guards).map(([key, fields]) =>
    guardOf({ key, source: 'events', events: { flag: 'checkout', bad: key }, ...fields }),
  );
  return imageOf(
    flagOf({ key: 'checkout' }),
    ...all,
    rolloutOf({
      key: 'go',
      flag: { key: 'checkout', new: 'on', control: 'off' },
      steps,
      guards: Object.keys(guards),
      salt: 'go',
    }),
  );
}

function started(image: Image): Image {
  return afterPlan(image, startRollout(image, { rollout: 'go' }, START));
}

/** Looks twice a second for so many seconds, every guard always `ok` and fresh but for what is said; ends when the step does. */
function look(
  begun: Image,
  seconds: number,
  said: { readonly [guard: string]: Partial<GuardRecord> } = {},
): { readonly result: Advance; readonly after: number } {
  let image = begun;
  for (let now = START; ; now += 500) {
    for (const [guard, record] of Object.entries(said)) {
      const usual = { ...freshRecord(1, START), state: 'ok', watermark: now, dataAt: now, windows: 2 };
      image = withState(image, `guard/${guard}/rollout/go`, { ...usual, ...record });
    }
    const result = advance(image, 'go', now);
    const gone = (now - START) / SECOND;
    if (result.decision !== 'stay' || gone >= seconds) return { result, after: gone };
    if (result.state !== null) image = withState(image, 'rollout/go', result.state.value);
  }
}

describe('a step with earlyAfter', () => {
  it('goes on once no harm is shown, and the event says so', () => {
    const { result, after: seconds } = look(started(documents()), 70, { errors: { noHarm: PROVEN } });
    expect(seconds).toBe(10);
    const event = result.decision === 'next' ? result.commit.event : null;
    expect(event).toMatchObject({
      kind: 'step',
      evidence: { step: 2, early: true, held: 10 * SECOND, guards: [{ guard: 'errors', noHarm: 3 }] },
    });
  });

  it.each<[string, Guards, { readonly [guard: string]: Partial<GuardRecord> }]>([
    ['there is no evidence', { errors: ERRORS }, { errors: {} }],
    ['there is not enough', { errors: ERRORS }, { errors: { noHarm: { since: START, logs: [2.99] } } }],
    ['a bound does not show it', { errors: ERRORS }, { errors: { noHarm: { since: START, logs: [9, 2] } } }],
    ['it is of an earlier step', { errors: ERRORS }, { errors: { noHarm: { since: START - 1, logs: [9] } } }],
    ['no window was looked at yet', { errors: ERRORS }, { errors: { noHarm: { since: START, logs: [] } } }],
    [
      'one guard of two does not show it',
      { errors: ERRORS, other: ERRORS },
      { errors: { noHarm: PROVEN }, other: {} },
    ],
    [
      'the only guard tells and no more',
      { errors: { ...ERRORS, action: 'tell' } },
      { errors: { noHarm: PROVEN } },
    ],
    ['no guard watches', {}, {}],
  ])('is held to its end where %s', (_, guards, said) => {
    const { result, after: seconds } = look(started(documents(STEPS, guards)), 70, said);
    expect(result.decision).toBe('next');
    expect(seconds).toBe(60);
    expect(result.decision === 'next' && result.commit.event?.evidence).not.toHaveProperty('early');
  });

  it('does not go on early on a guard that is suspect, warming or blind, whatever it has shown', () => {
    for (const state of ['suspect', 'warming', 'blind', 'untrusted'] as const) {
      const said = { errors: { state, noHarm: PROVEN, lastBadAt: START + 1 } };
      expect(look(started(documents()), 59, said).result.decision).toBe('stay');
    }
  });

  it('does not wait for a guard that only tells', () => {
    const image = documents(STEPS, { errors: ERRORS, other: { ...ERRORS, action: 'tell' } });
    expect(look(started(image), 70, { errors: { noHarm: PROVEN }, other: {} }).after).toBe(10);
  });

  it('may go on at once', () => {
    const image = documents([{ weight: 5_000, hold: 60, earlyAfter: 0 }, FULL]);
    expect(look(started(image), 70, { errors: { noHarm: PROVEN } }).after).toBe(0);
  });
});

describe('where earlyAfter stands', () => {
  const errorsOf = (steps: RolloutInput['steps']): string[] =>
    definitionErrors(
      rolloutSchema.parse({ key: 'go', salt: 'go', flag: { key: 'f', new: 'a', control: 'b' }, steps }),
    ).map(({ code, field }) => `${code} ${field}`);

  it.each<[string, RolloutInput['steps'], string[]]>([
    ['before the end of the hold', STEPS, []],
    ['at its end', [{ weight: 1, hold: 60, earlyAfter: 60 }, FULL], ['INVALID_INPUT steps.0.earlyAfter']],
    [
      'without an end',
      [{ weight: 1, hold: null, earlyAfter: 6 }, FULL],
      ['INVALID_INPUT steps.0.earlyAfter'],
    ],
    ['in the last step', [{ ...FULL, earlyAfter: 6 }], ['INVALID_INPUT steps.0.earlyAfter']],
  ])('%s', (_, steps, expected) => {
    expect(errorsOf(steps)).toEqual(expected);
  });

  it('is a step with a weight', () => {
    const steps = [{ audience: 'staff', hold: 60, earlyAfter: 6 }, FULL];
    expect(rolloutSchema.safeParse({ key: 'go', salt: 'go', steps }).success).toBe(false);
  });

  it.each<[string, RolloutStep, boolean]>([
    ['put off', { weight: 5_000, hold: 60, earlyAfter: 20 }, true],
    ['taken away', { weight: 5_000, hold: 60 }, true],
    ['kept under a longer hold', { weight: 5_000, hold: 90, earlyAfter: 10 }, true],
    ['brought forward', { weight: 5_000, hold: 60, earlyAfter: 9 }, false],
  ])('can be %s while it runs: %j', (_, step, isAllowed) => {
    const image = started(documents());
    const rollout = image.documents.value('rollout', 'go');
    const errors = rolloutOwnershipErrors(image, 'go', rollout ? { ...rollout, steps: [step, FULL] } : null);
    expect(errors.length === 0).toBe(isAllowed);
  });

  it('can’t be brought into a step that runs without', () => {
    const image = started(documents([{ weight: 5_000, hold: 60 }, FULL]));
    const rollout = image.documents.value('rollout', 'go');
    const errors = rolloutOwnershipErrors(image, 'go', rollout ? { ...rollout, steps: STEPS } : null);
    expect(errors).toMatchObject([{ code: 'ROLLOUT_RUNNING' }]);
  });

  it.each<[string, Guards, RegExp | null]>([
    ['a ratio', { errors: ERRORS }, null],
    ['a drop', { errors: { kind: 'drop', margin: 0.9 } }, null],
    ['no guard', {}, /no guard can stop it/],
    ['one that tells', { errors: { ...ERRORS, action: 'tell' } }, /no guard can stop it/],
    [
      'a mean beside a ratio',
      { errors: ERRORS, paid: { kind: 'mean', margin: 1, mean: { worse: 'lower' } } },
      /"paid" is of kind mean/,
    ],
  ])('warns where it will never count: %s', (_, guards, words) => {
    const found = warningsOf(documents(STEPS, guards).documents, { kind: 'rollout', key: 'go' }).filter(
      ({ code }) => code === 'NEVER_EARLY',
    );
    if (words === null) expect(found).toEqual([]);
    else
      expect(found).toEqual([
        { code: 'NEVER_EARLY', field: 'steps.0.earlyAfter', message: expect.stringMatching(words) },
      ]);
  });
});
