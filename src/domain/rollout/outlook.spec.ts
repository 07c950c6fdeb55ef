import { describe, expect, it } from '@jest/globals';
import { guardOf, imageOf, rolloutOf } from '../../../test/support/image.js';
import type { GuardInput } from '../guard.js';
import type { RolloutStep } from '../rollout.js';
import type { Usual } from '../guard/usual.js';
import { type KnownUsual, outlookOf } from './outlook.js';

const USUAL: Usual = {
  perSecond: 100,
  badShare: 0.01,
  tails: [{ bound: 0.5, share: 0.01 }],
  mean: 20,
  scatter: 200,
  windowSeconds: 5,
};
const STEPS: RolloutStep[] = [
  { audience: 'employees', hold: 600 },
  { weight: 1_000, hold: 600 },
  { weight: 50_000, hold: 600 },
  { weight: 100_000, hold: 60 },
];

const KNOWN: KnownUsual = { usual: USUAL, hours: [] };

function outlook(guards: Partial<GuardInput>[], known: KnownUsual = KNOWN) {
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
  return finished(outlookOf(rollout.value, imageOf(...edits).documents, () => known));
}

function finished<T>(work: Generator<undefined, T>): T {
  for (let part = work.next(); ; part = work.next()) if (part.done === true) return part.value;
}

const secondsOf = (given: ReturnType<typeof outlook>, step: number, ratio: number): number | null =>
  given.steps.find((one) => one.step === step)?.detection.find((one) => one.ratio === ratio)?.seconds ?? null;

describe('what guards will find', () => {
  it('says whatever is known of the traffic that a guard hardly trips as it is set', () => {
    const unknown: KnownUsual = { usual: null, code: 'NO_HISTORY', reason: 'because' };
    for (const known of [KNOWN, unknown]) {
      const { guards } = outlook([{ phi: 1_000 }], known);
      expect(guards).toMatchObject([{ warnings: [{ code: 'HARDLY_TRIPS', field: 'phi' }] }]);
    }
  });

  it('is told for each step, and why a step can show nothing', () => {
    expect(outlook([{}]).steps.map(({ reach, hold, code, trouble }) => [reach, hold, code, trouble])).toEqual(
      [
        ['employees', 600, 'NO_SHARE', expect.stringContaining('sees no share of everybody')],
        ['1 %', 600, 'STEP_TOO_SHORT', expect.stringContaining('finds a doubling in about 14')],
        ['50 %', 600, null, null],
        ['100 %', 60, 'NO_CONTROL', 'Guard g0 has no control to compare with in this step.'],
      ],
    );
  });

  it('goes by the scatter that history shows, where a guard does', () => {
    const raised = { ...KNOWN, scatter: { phi: 8, reason: null } };
    const [plain, byHistory] = [KNOWN, raised].map((known) => outlook([{ phiFromHistory: true }], known));
    expect([plain, byHistory].map((one) => one?.guards[0]?.phi)).toEqual([1, 8]);
    const [before, after] = [plain, byHistory].map((one) => one && secondsOf(one, 2, 2));
    expect(after).toBeGreaterThan(5 * (before ?? Infinity));
    expect(outlook([{}], raised).guards[0]?.phi).toBe(1);
  });

  it('tells what a window brings at the share of each step', () => {
    const windows = outlook([{}]).steps.map(({ share, newPerWindow, badPerWindow }) => [
      share,
      newPerWindow,
      badPerWindow,
    ]);
    expect(windows).toEqual([
      [0, 0, 0],
      [0.01, 5, 0.05],
      [0.5, 250, 2.5],
      [1, 500, 5],
    ]);
  });

  it.each(['NO_HISTORY', 'HISTORY_UNREADABLE', 'NO_TRAFFIC'] as const)(
    'says why nothing is known: %s',
    (code) => {
      const { steps, guards } = outlook([{}], { usual: null, code, reason: 'because' });
      expect(guards).toEqual([
        { guard: 'g0', falseTripsPer100: 1, phi: 1, warnings: [], usual: null, hours: [] },
      ]);
      expect(steps[2]).toMatchObject({ code, trouble: 'because', newPerWindow: null });
      expect(steps[2]?.detection.map(({ seconds }) => seconds)).toEqual([null, null, null]);
    },
  );

  it.each([
    ['a latency', { kind: 'latency', margin: 1.1 }],
    ['a mean', { kind: 'mean', margin: 1, mean: { worse: 'lower' } }],
    ['a drop', { kind: 'drop', margin: 0.95 }],
    ['a ratio with a floor', { margin: 1.2, threshold: 0.015 }],
  ] as const)('of %s is sooner the more there is to find, and the larger the share', (_, guard) => {
    const given = outlook([guard]);
    const [small, large] = [1, 2].map((step) => [2, 10].map((ratio) => secondsOf(given, step, ratio) ?? NaN));
    expect(large?.[1]).toBeLessThanOrEqual(large?.[0] ?? NaN);
    expect(large?.[0]).toBeLessThan(small?.[0] ?? NaN);
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
    const flawless = outlook([{}], { usual: { ...USUAL, badShare: 0 }, hours: [] });
    expect(secondsOf(flawless, 2, 10)).toBeNull();
    expect(flawless.steps[2]).toMatchObject({
      code: 'NEVER_FOUND',
      trouble: expect.stringMatching(/`bad` selects\. A selector that matches nothing looks the same\.$/),
    });
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
    const [copies, arms] = finished(
      outlookOf(rollout.value, documents, () => ({ usual: USUAL, hours: [] })),
    ).steps;
    expect(copies?.detection.find(({ ratio }) => ratio === 2)?.seconds).toBeGreaterThan(0);
    expect(arms?.trouble).toContain('no share of everybody');
  });

  it('says how many healthy rollouts of a hundred are stopped', () => {
    expect(outlook([{}]).falseTripsPer100).toBe(1);
    expect(outlook([{}, {}]).falseTripsPer100).toBe(1);
    expect(outlook([{ alpha: 0.001 }, { action: 'none' }]).falseTripsPer100).toBeCloseTo(0.1, 9);
    expect(outlook([]).falseTripsPer100).toBe(0);
  });

  it('counts in that no guard that states no rate, and says so of each', () => {
    const { falseTripsPer100, guards } = outlook([
      {},
      { kind: 'topline', margin: null, topline: { slo: 0.99 } },
    ]);
    expect(falseTripsPer100).toBe(1);
    expect(guards.map((one) => one.falseTripsPer100)).toEqual([1, null]);
  });
});
