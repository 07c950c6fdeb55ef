import { describe, expect, it } from '@jest/globals';
import { rolloutOf } from '../../test/support/image.js';
import { type GuardInput, guardSchema } from './guard.js';
import { settingWarnings, shortSteps } from './guard-warnings.js';

const guardOf = (input: Partial<GuardInput>) =>
  guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', ...input });
const EVENTS = { source: 'events', template: null, events: { flag: 'checkout', bad: 'error' } } as const;

describe('a guard that can’t work as it is set', () => {
  const codes = (input: Partial<GuardInput>, servers: readonly (string | null)[]): string[] =>
    settingWarnings(guardOf(input), { servers, webhooks: [], loopback: [], hasSecret: () => false }).map(
      ({ code, field }) => `${code} at ${field}`,
    );

  it.each<[string, Partial<GuardInput>, readonly (string | null)[], string[]]>([
    ['it goes by events', EVENTS, [], []],
    [
      'a burn rate is above what there can be',
      { kind: 'burn', burn: { slo: 0.9 } },
      [null],
      ['NEVER_TRIPS at burn.pairs.0.rate', 'NEVER_TRIPS at burn.pairs.1.rate'],
    ],
    [
      'a burn rate is just what there can be',
      { kind: 'burn', burn: { slo: 0.5, pairs: [{ long: 60, short: 10, rate: 2 }] } },
      [null],
      [],
    ],
    [
      'both arms would have to burn faster',
      { kind: 'topline', topline: { slo: 0.9 } },
      [null],
      ['NEVER_TRIPS at topline.rate'],
    ],
    ['both arms can burn as fast', { kind: 'topline', topline: { slo: 0.99 } }, [null], []],
  ])('says so where %s', (_, input, servers, expected) => {
    expect(codes(input, servers)).toEqual(expected);
  });
});

describe('a step that is held for less than a guard needs', () => {
  const short = (input: Partial<GuardInput>, hold: number): string[] => {
    const steps = [
      { weight: 1_000, hold },
      { weight: 100_000, hold: null },
    ];
    const flag = { key: 'checkout', new: 'on', control: 'off' };
    const rollout = rolloutOf({ key: 'go', flag, steps, guards: ['g'], salt: 'go' });
    return shortSteps(rollout.value, guardOf(input)).map(({ code, field }) => `${code} at ${field}`);
  };
  const SHORT = ['STEP_TOO_SHORT at steps.0.hold'];

  it.each<[string, Partial<GuardInput>, number]>([
    ['a window of events', { ...EVENTS, margin: 2 }, 5],
    ['a scrape', { margin: 2 }, 1],
    ['fifty windows of a mean', { ...EVENTS, kind: 'mean', margin: 1 }, 250],
    ['the checks of k of n', { kind: 'kOfN', threshold: 0.1, kOfN: { k: 3, of: 5 } }, 3],
    ['the shortest span of a burn rate', { kind: 'burn', burn: { slo: 0.99 } }, 60],
    ['the time that users have', { ...EVENTS, events: { ...EVENTS.events, within: 600 }, margin: 2 }, 605],
  ])('is told of %s', (_, input, least) => {
    expect(short(input, least)).toEqual([]);
    expect(short(input, least - 1)).toEqual(SHORT);
  });
});
