import { describe, expect, it } from '@jest/globals';
import { guardOf, imageOf, rolloutOf } from '../../../test/support/image.js';
import type { GuardInput } from '../guard.js';
import type { RolloutStep } from '../rollout.js';
import { outlookOf } from './outlook.js';

const USUAL = { perSecond: 100, badShare: 0.01 };
const STEPS: RolloutStep[] = [
  { audience: 'employees', hold: 600 },
  { weight: 1_000, hold: 600 },
  { weight: 50_000, hold: 600 },
  { weight: 100_000, hold: 60 },
];

function outlook(guards: Partial<GuardInput>[], usual = USUAL) {
  const edits = guards.map((guard, i) =>
    guardOf({
      key: `g${i}`,
      source: 'events',
      events: { flag: 'checkout', bad: 'error' },
      margin: 1,
      phi: 1,
      ...guard,
    }),
  );
  const rollout = rolloutOf({
    key: 'go',
    flag: { key: 'checkout', new: 'on', control: 'off' },
    steps: STEPS,
    guards: edits.map(({ key }) => key),
    salt: 'go',
  });
  return outlookOf(rollout.value, imageOf(...edits).documents, usual);
}

const secondsOf = (given: ReturnType<typeof outlook>, step: number, ratio: number): number | null =>
  given.steps.find((one) => one.step === step)?.detection.find((one) => one.ratio === ratio)?.seconds ?? null;

describe('what guards will find', () => {
  it('is told for each step, and why a step can show nothing', () => {
    expect(outlook([{}]).steps.map(({ reach, hold, trouble }) => [reach, hold, trouble])).toEqual([
      ['employees', 600, 'Guard g0 sees no share of everybody in this step: how much comes is not known.'],
      ['1 %', 600, expect.stringContaining('finds a doubling in about 14')],
      ['50 %', 600, null],
      ['100 %', 60, 'Guard g0 has no control to compare with in this step.'],
    ]);
  });

  it('is within what a simulation shows: 1,220 s at 1 % and 70 s at 50 % for a doubling', () => {
    expect((secondsOf(outlook([{}]), 1, 2) ?? 0) / 1_220).toBeCloseTo(1.2, 1);
    expect((secondsOf(outlook([{}]), 2, 2) ?? 0) / 70).toBeCloseTo(1, 0);
  });

  it('takes longer with phi, with a margin, and with guards that share the budget', () => {
    const usual = secondsOf(outlook([{}]), 2, 2) ?? 0;
    expect(secondsOf(outlook([{ phi: 2 }]), 2, 2)).toBeCloseTo(2 * usual, 6);
    expect(secondsOf(outlook([{ margin: 1.2 }]), 2, 2)).toBeGreaterThan(usual);
    expect(secondsOf(outlook([{}, {}]), 2, 2)).toBeGreaterThan(usual);
    expect(secondsOf(outlook([{}, { action: 'tell' }]), 2, 2)).toBe(usual);
  });

  it('is never, where a doubling is within what is allowed or nothing bad ever happens', () => {
    expect(secondsOf(outlook([{ margin: 2 }]), 2, 2)).toBeNull();
    expect(outlook([{ margin: 2 }]).steps[2]?.trouble).toMatch(
      /^A doubling of the usual is within what guard g0/,
    );
    expect(secondsOf(outlook([{}], { perSecond: 100, badShare: 0 }), 2, 10)).toBeNull();
  });

  it('of a threshold goes by what is usual in the new arm alone', () => {
    const absolute = outlook([{ margin: null, threshold: 0.015 }]);
    expect(secondsOf(absolute, 3, 2)).toBeCloseTo(5.6 / (2 * Math.log(4 / 3) - 0.5), 0);
    expect(secondsOf(absolute, 3, 1.25)).toBeNull();
  });

  it('counts copies for a threshold on the metrics of a route, and for nothing else', () => {
    const route = { key: 'shop', new: 'v2', control: 'v1' };
    const steps: RolloutStep[] = [
      { mirror: 10, hold: 600 },
      { weight: 100_000, hold: 60 },
    ];
    const rollout = rolloutOf({ key: 'go', routes: [route], steps, guards: ['copies', 'arms'], salt: 'go' });
    const { documents } = imageOf(
      guardOf({ key: 'copies', source: 'prometheus', template: 'envoy', threshold: 0.011, phi: 1 }),
      guardOf({ key: 'arms', source: 'prometheus', template: 'envoy', margin: 1.2 }),
    );
    const [copies, arms] = outlookOf(rollout.value, documents, USUAL).steps;
    expect(copies?.detection.find(({ ratio }) => ratio === 2)?.seconds).toBeGreaterThan(0);
    expect(arms?.trouble).toContain('no share of everybody');
  });

  it('says how many healthy rollouts of a hundred are stopped', () => {
    expect(outlook([{}]).falseTripsPer100).toBe(1);
    expect(outlook([{}, {}]).falseTripsPer100).toBe(1);
    expect(outlook([{ alpha: 0.001 }, { action: 'none' }]).falseTripsPer100).toBeCloseTo(0.1, 9);
    expect(outlook([]).falseTripsPer100).toBe(0);
  });
});
