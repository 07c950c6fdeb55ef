import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BackTest } from '../../src/schema.types.js';
import type { Api } from '../support/api.js';
import { createSamples, ENVIRONMENT } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { pastTraffic } from '../support/past-traffic.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';

const HOUR = 3_600_000;
const until = Date.now();
let prometheus: TestPrometheus;
let app: App;
let api: Api;

beforeAll(async () => {
  // In the last hour the new version fails four times as often.
  const past = pastTraffic({
    until,
    hours: 3,
    pods: { v1: 2, v2: 1 },
    perScrape: 50,
    bad: (version, ago) => (version === 'v2' && ago < 3_600 ? 0.2 : 0.05),
    burst: 1,
  });
  prometheus = await startPrometheus([], 1, past);
  app = await App.start({ settings: { TIDEGATE_PROMETHEUS_URL: prometheus.url } });
  api = app.api();
  await createSamples(api);
}, 120_000);

afterAll(async () => {
  await app?.stop();
  await prometheus?.stop();
});

const draft = {
  source: 'prometheus',
  query: {
    bad: 'requests_total{code="500"}',
    total: 'requests_total',
    arm: { label: 'version', new: 'v2', control: 'v1' },
  },
  margin: 1.2,
  phi: 1,
};

const tested = (hoursAgo: number, hours: number): Promise<BackTest> => {
  const from = until - hoursAgo * HOUR;
  return api.ask<BackTest>('backTest', { environment: ENVIRONMENT, draft, from, to: from + hours * HOUR });
};

describe('a back-test', () => {
  it('trips nowhere in a period without a regression', async () => {
    const found = await tested(3, 2);
    expect(found).toMatchObject({ trips: [], reason: null, tripLine: Math.log(100) });
    expect(found.windows).toBeGreaterThan(400);
    expect(found.curve.length).toBeLessThanOrEqual(400);
  });

  it('trips soon after a regression began, and says on what', async () => {
    const found = await tested(2, 2);
    const [first] = found.trips;
    expect(first?.words).toMatch(/^errors .*× control/);
    expect(first?.logE).toBeGreaterThanOrEqual(found.tripLine ?? NaN);
    expect(first?.at).toBeGreaterThan(until - HOUR);
    expect(first?.at).toBeLessThan(until - HOUR + 600_000);
    expect(found.trips.length).toBeGreaterThan(1);
    expect(Math.max(...found.curve.map(({ logE }) => logE ?? 0))).toBeGreaterThanOrEqual(
      found.tripLine ?? NaN,
    );
  });

  it.each([
    ['that ends before it begins', until, until - HOUR, 'from', /before `to`/],
    ['that is too long', until - 200 * HOUR, until, 'from', /at most 24 hours/],
    ['to come', until, until + 10 * HOUR, 'to', /past period/],
    ['told in seconds', until / 1_000 - 3_600, until / 1_000, 'from', /milliseconds/],
  ])('refuses a period %s', async (_, from, to, field, words) => {
    const { errors } = await api.call('backTest', { environment: ENVIRONMENT, draft, from, to });
    expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field });
    expect(errors[0]?.message).toMatch(words);
  });

  it.each([
    ['metrics that there are not', { bad: 'nobody_bad', total: 'nobody_total' }, 'v1', /^Nothing was read/],
    ['a control that nobody has', {}, 'v7', /no data of the control/],
  ])('says in its reason that it had nothing to judge: %s', async (_, metrics, control, words) => {
    const query = { ...draft.query, ...metrics, arm: { label: 'version', new: 'v2', control } };
    const period = { from: until - HOUR, to: until };
    const blind = { environment: ENVIRONMENT, draft: { ...draft, query }, ...period };
    const found = await api.ask<BackTest>('backTest', blind);
    expect(found.trips).toEqual([]);
    expect(found.reason).toMatch(words);
  });

  it('has no trip line of a kind that knows no odds, also as a draft', async () => {
    const { margin: _, phi: __, ...plain } = draft;
    const topline = { ...plain, kind: 'topline', topline: { slo: 0.99, rate: 2 } };
    const period = { from: until - HOUR, to: until };
    const found = await api.ask<BackTest>('backTest', {
      environment: ENVIRONMENT,
      draft: topline,
      ...period,
    });
    expect(found).toMatchObject({
      reason: expect.stringMatching(/^Only the time until .* 50 trips are listed/),
      tripLine: null,
    });
    expect(found.trips.length).toBeGreaterThan(0);
    expect(found.curve.map(({ tripLine }) => tripLine)).toEqual(found.curve.map(() => null));
  });

  it.each([
    ['finds in one what is worse', 'job', true],
    ['finds nothing where each has one arm only', 'instance', false],
  ])('of a draft with strata %s', async (_, label, isFound) => {
    const period = { from: until - HOUR, to: until };
    const asked = { environment: ENVIRONMENT, draft: { ...draft, strata: { label } }, ...period };
    const { trips, windows } = await api.ask<BackTest>('backTest', asked);
    expect(windows).toBeGreaterThan(100);
    expect(trips.length > 0).toBe(isFound);
  });

  it('refuses a draft on a source that keeps no history', async () => {
    const asked = {
      environment: ENVIRONMENT,
      draft: { source: 'events', margin: 2 },
      from: until - HOUR,
      to: until,
    };
    const { errors } = await api.call('backTest', asked);
    expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field: 'draft.source' });
    expect(errors[0]?.message).toMatch(/keeps no history/);
  });
});
