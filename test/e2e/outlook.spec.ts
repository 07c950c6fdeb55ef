import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RolloutOutlook } from '../../src/schema.types.js';
import type { Api } from '../support/api.js';
import { createSamples, inProduction } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { pastTraffic } from '../support/past-traffic.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';

const HOURS = 26;
const ARM = { label: 'version', new: 'v2', control: 'v1' };
const COUNTS = { bad: 'requests_total{code="500"}', total: 'requests_total', arm: ARM };
const GUARDS = {
  errors: { query: COUNTS, margin: 1.2, phi: 1 },
  orders: { kind: 'drop', query: COUNTS, margin: 0.9, phi: 1 },
  slow: { kind: 'latency', query: { buckets: 'took_seconds_bucket', arm: ARM }, margin: 1.1, phi: 1 },
  took: {
    kind: 'mean',
    query: { sum: 'took_seconds_sum', total: 'took_seconds_count', arm: ARM },
    margin: 1.1,
  },
  budget: { kind: 'burn', query: COUNTS, burn: { slo: 0.99 } },
  checks: { kind: 'kOfN', query: COUNTS, threshold: 0.08, kOfN: { k: 3, of: 5, minTotal: 50 } },
  both: { kind: 'topline', query: COUNTS, topline: { slo: 0.99, rate: 8 }, action: 'pause' },
  silent: {
    query: { ...COUNTS, bad: 'none_failed_total', total: 'none_total' },
    margin: 1.2,
    action: 'tell',
  },
} as const;
type Named = keyof typeof GUARDS | 'seen';

let prometheus: TestPrometheus;
let app: App;
let api: Api;
let outlook: RolloutOutlook;

beforeAll(async () => {
  const past = pastTraffic({
    until: Date.now(),
    hours: HOURS,
    pods: { v1: 2, v2: 0 },
    perScrape: 75,
    bad: () => 0.05,
    burst: 1,
    times: true,
  });
  prometheus = await startPrometheus([], 1, past);
  app = await App.start({ settings: { TIDEGATE_PROMETHEUS_URL: prometheus.url } });
  api = app.api();
  await createSamples(api);
  for (const [key, guard] of Object.entries(GUARDS))
    await api.do('createGuard', inProduction({ key, source: 'prometheus', ...guard }));
  const events = { flag: 'new-checkout', bad: 'checkout-failed' };
  await api.do('createGuard', inProduction({ key: 'seen', source: 'events', events, margin: 2 }));
  await api.do(
    'createRollout',
    inProduction({
      key: 'go',
      flag: { key: 'new-checkout', new: 'on', control: 'off' },
      steps: [{ weight: 1_000, hold: 60 }, { weight: 50_000, hold: 86_400 }, { weight: 100_000 }],
      guards: [...Object.keys(GUARDS), 'seen'],
    }),
  );
  outlook = await api.ask<RolloutOutlook>('rolloutOutlook', inProduction({ key: 'go' }));
}, 180_000);

afterAll(async () => {
  await app?.stop();
  await prometheus?.stop();
});

const at = (step: number, guard: Named): RolloutOutlook['steps'][number] => {
  const found = outlook.steps.find((one) => one.step === step && one.guard === guard);
  if (found === undefined) throw new Error(`nothing of ${guard} at ${step}`);
  return found;
};
const usualOf = (guard: Named): RolloutOutlook['guards'][number] => {
  const found = outlook.guards.find((one) => one.guard === guard);
  if (found === undefined) throw new Error(`nothing of ${guard}`);
  return found;
};
const secondsOf = (step: number, guard: Named): (number | null)[] =>
  at(step, guard).detection.map(({ seconds }) => seconds ?? null);

describe('an outlook from last week', () => {
  it('goes by the traffic and base rate that Prometheus has of it, hour by hour', () => {
    const { usual, hours } = usualOf('errors');
    expect(usual?.perSecond).toBeCloseTo(10, 0);
    expect(usual?.badShare).toBeCloseTo(0.05, 2);
    expect(usual?.windowSeconds).toBe(15);
    expect(hours.length).toBeGreaterThanOrEqual(HOURS);
    expect(hours.length).toBeLessThanOrEqual(HOURS + 2);
    expect(hours.map(({ at: end }) => end)).toEqual(
      hours.map(({ at: end }) => end).toSorted((a, b) => a - b),
    );
    expect(hours[5]?.perSecond).toBeCloseTo(10, 0);
  });

  it('tells what a window brings at the share of each step', () => {
    expect(at(0, 'errors').share).toBe(0.01);
    expect(at(0, 'errors').newPerWindow).toBeCloseTo(1.5, 1);
    expect(at(1, 'errors').badPerWindow).toBeCloseTo(3.75, 0);
  });

  it.each<Named>(['errors', 'orders', 'slow', 'took'])('foretells %s, sooner the more there is', (guard) => {
    const times = secondsOf(1, guard);
    expect(times.every((seconds) => seconds === null || (seconds >= 15 && seconds < 86_400))).toBe(true);
    expect(times[2]).toBeLessThanOrEqual(times[1] ?? NaN);
    expect(at(1, guard)).toMatchObject({ code: null, trouble: null });
  });

  it('reads tails at the bounds of the histogram, and the mean with its scatter', () => {
    expect(usualOf('slow').usual?.tails.map(({ bound }) => bound)).toEqual([0.1, 0.5]);
    expect(usualOf('slow').usual?.tails[1]?.share).toBeCloseTo(0.1, 2);
    expect(usualOf('took').usual?.mean).toBeCloseTo(0.225, 2);
    expect(usualOf('took').usual?.scatter).toBeGreaterThan(0.05);
  });

  it.each<Named>(['budget', 'checks', 'both'])('plays %s, which goes by a rule of thumb', (guard) => {
    expect(secondsOf(1, guard)[2]).toBeLessThanOrEqual(120);
    expect(usualOf(guard).falseTripsPer100).toBeNull();
  });

  it('says by code why a step may show nothing', () => {
    expect(at(0, 'errors')).toMatchObject({ code: 'STEP_TOO_SHORT', hold: 60 });
    expect(at(2, 'errors')).toMatchObject({ code: 'NO_CONTROL', hold: null });
    expect(at(1, 'silent')).toMatchObject({ code: 'NO_TRAFFIC', newPerWindow: null });
    expect(at(1, 'seen')).toMatchObject({ code: 'NO_HISTORY' });
    expect(usualOf('seen')).toMatchObject({ usual: null, hours: [] });
  });

  it('shares the budget out as false rollbacks per 100 rollouts', () => {
    expect(outlook.falseTripsPer100).toBe(1);
    for (const guard of ['errors', 'orders', 'slow', 'took', 'seen'] as const)
      expect(usualOf(guard).falseTripsPer100).toBeCloseTo(0.2, 9);
    expect(usualOf('silent').falseTripsPer100).toBeNull();
  });

  it('goes by what is given where something is, also for sources without a history', async () => {
    const usual = { perSecond: 100, badShare: 0.01 };
    const given = await api.ask<RolloutOutlook>('rolloutOutlook', inProduction({ key: 'go', usual }));
    const seen = given.steps.find(({ step, guard }) => step === 1 && guard === 'seen');
    expect(seen?.code).toBe('NEVER_FOUND');
    expect(given.guards.every(({ hours }) => hours.length === 0)).toBe(true);
    expect(given.steps.find(({ step, guard }) => step === 1 && guard === 'took')?.code).toBe('NOT_FORETOLD');
  });
});

describe('an outlook on a past that can’t be read', () => {
  it('says so', async () => {
    await prometheus.kill();
    const dead = await api.ask<RolloutOutlook>('rolloutOutlook', inProduction({ key: 'go' }));
    const errors = dead.steps.find(({ step, guard }) => step === 1 && guard === 'errors');
    expect(errors).toMatchObject({ code: 'HISTORY_UNREADABLE', trouble: expect.stringMatching(/./) });
    await prometheus.start();
  });
});
