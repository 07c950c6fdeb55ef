import { describe, expect, it } from '@jest/globals';
import { guardOf, imageOf, rolloutOf, withState } from '../../../test/support/image.js';
import type { GuardRecord } from '../guard/guard-record.js';
import { NO_SUMS } from '../guard/guard-sums.js';
import { freshRecord } from '../guard/record.js';
import { stateKey } from '../image.js';
import { attribute, excused } from './attribution.js';
import { DRAFT } from './position.js';

const BEGUN = 1_000_000;
const BREACH = BEGUN + 60_000;
const events = { flag: 'checkout', bad: 'failed' };
const image = imageOf(
  guardOf({ key: 'of-flag', source: 'events', events, margin: 1.2 }),
  rolloutOf({
    key: 'flag',
    flag: { key: 'checkout', new: 'on', control: 'off' },
    guards: ['of-flag'],
    steps: [{ weight: 50_000, hold: 60 }],
    salt: 's',
  }),
  rolloutOf({
    key: 'version',
    routes: [{ key: 'checkout', new: 'v2', control: 'v1' }],
    guards: ['of-flag'],
    steps: [{ weight: 50_000, hold: 60 }],
    salt: 's',
  }),
);
const VERSION = { key: 'of-version', asks: 'of-flag' };
const BREACHED = { guard: VERSION, subject: 'rollout/version' };
const breached = { ...freshRecord(1, BEGUN), watermark: BREACH };

/** What the version's guard makes of it six seconds after its breach, where the flag's guard stands so. */
function attributed(
  asked: Partial<GuardRecord> | null,
  { now = BREACH + 6_000, state = 'running', run = 1 } = {},
  of: GuardRecord = breached,
) {
  const at = withState(image, stateKey.rollout('flag'), { ...DRAFT, run, state });
  const record = { ...freshRecord(1, BEGUN), watermark: BREACH + 5_000, ...asked };
  const found = asked === null ? at : withState(at, stateKey.guard('of-flag', 'rollout/flag'), record);
  return attribute(found, BREACHED, of, now);
}

describe('whether the version is bad or a flag', () => {
  const trip = (at: number) => ({ trip: { at, evidence: {} } });

  it.each([
    [
      'version',
      'nobody is to be asked',
      () => attribute(image, { ...BREACHED, guard: { asks: null } }, breached, BREACH),
    ],
    ['version', 'the flag has never been watched', () => attributed(null)],
    ['version', 'the flag’s guard has nothing against it', () => attributed({ logE: -1 })],
    [
      'version',
      'the flag’s guard tripped before this began',
      () => attributed(trip(BEGUN - 1), { state: 'aborted' }),
    ],
    [
      'version',
      'what is held against the flag is of an earlier run',
      () => attributed({ logE: 4 }, { run: 2 }),
    ],
    ['version', 'the flag’s rollout is over', () => attributed({ logE: 4 }, { state: 'aborted' })],
    ['flag', 'the flag’s guard tripped since', () => attributed(trip(BEGUN + 1), { state: 'aborted' })],
    ['unclear', 'the flag is suspect', () => attributed({ logE: 4 })],
    [
      'unclear',
      'the flag’s guard has not come this far',
      () => attributed({ logE: -1, watermark: BREACH + 4_999 }),
    ],
    ['version', 'the flag stays suspect', () => attributed({ logE: 4 }, { now: BREACH + 20_000 })],
    [
      'version',
      'the flag’s guard comes no further',
      () => attributed({ logE: null, watermark: BEGUN }, { now: BREACH + 20_000 }),
    ],
  ])('says %s where %s', (expected, _, found) => {
    expect(found()).toBe(expected);
  });

  it.each([
    ['a route', 'route/checkout', BREACHED.subject],
    ['a rollout of a route alone', 'rollout/version', 'rollout/other'],
    ['the rollout of flag and version that the breach is in', 'rollout/flag', 'rollout/flag'],
  ])('is not decided by what the asked guard found of %s', (_, on, subject) => {
    for (const found of [trip(BEGUN + 1), { logE: 4 }]) {
      const record = { ...freshRecord(1, BEGUN), watermark: BREACH + 5_000, ...found };
      const running = { ...DRAFT, run: 1, state: 'running' };
      const at = withState(
        withState(withState(image, stateKey.rollout('version'), running), stateKey.rollout('flag'), running),
        stateKey.guard('of-flag', on),
        record,
      );
      expect(attribute(at, { guard: VERSION, subject }, breached, BREACH + 6_000)).toBe('version');
    }
  });

  it('is decided by what the asked guard, standing alone, found of its flag', () => {
    const at = withState(image, stateKey.guard('of-flag', 'flag/checkout'), {
      ...freshRecord(0, BEGUN),
      ...trip(BEGUN + 1),
    });
    expect(attribute(at, BREACHED, breached, BREACH + 6_000)).toBe('flag');
  });

  it.each([
    ['version', 'off before the windows that decided', BREACH - 10_000, 'aborted'],
    ['flag', 'on in the first of the windows that decided', BREACH - 15_000, 'aborted'],
    ['flag', 'still on, as its guard only tells', BREACH - 10_000, 'running'],
  ])('says %s where the flag was %s', (expected, _, since, state) => {
    const recent = { since, score: 9, windows: 2, expected: 1, sums: NO_SUMS };
    const found = attributed(trip(BREACH - 20_000 + 1), { state }, { ...breached, recent });
    expect(found).toBe(expected);
  });

  it('looks at what an override left a guard of the time before', () => {
    const recent = { since: BREACH - 15_000, score: 9, windows: 2, expected: 1, sums: NO_SUMS };
    const left = { ...breached, madeAt: BREACH - 5_000, recent };
    expect(attributed(trip(BREACH - 10_000), { state: 'aborted' }, left)).toBe('flag');
    expect(attributed(trip(BREACH - 16_000), { state: 'aborted' }, left)).toBe('version');
  });

  it('begins anew where the flag is to blame, with what is left of the budget, once everybody has heard', () => {
    const spent = { ...breached, spent: 0.8, basis: 'b', logE: 9, trip: { at: BREACH, evidence: {} } };
    expect(excused(spent, VERSION, BREACH)).toMatchObject({
      trip: null,
      logE: null,
      spent: 0.8,
      basis: 'b',
      madeAt: BREACH + 5_000,
      watermark: BREACH + 5_000,
      trouble: expect.stringContaining('of-flag'),
    });
  });
});
