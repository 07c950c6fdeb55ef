import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BackTest, Guard, GuardSuggestion } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import type { Api } from '../support/api.js';
import { createSamples, ENVIRONMENT, GUARD, inProduction, ROUTE } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { pastTraffic } from '../support/past-traffic.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';

/** Errors of the past come one by one, or in bursts. */
const PASTS = { calm: 1, bursts: 8 } as const;
const proms: TestPrometheus[] = [];
const apps: App[] = [];
const apis = new Map<keyof typeof PASTS, Api>();

beforeAll(async () => {
  for (const name of ['calm', 'bursts'] as const) {
    const past = pastTraffic({
      until: Date.now(),
      hours: 3,
      pods: { v1: 4, v2: 1 },
      perScrape: 50,
      bad: () => 0.05,
      burst: PASTS[name],
    });
    const prometheus = await startPrometheus([], 1, past);
    proms.push(prometheus);
    const app = await App.start({ settings: { TIDEGATE_PROMETHEUS_URL: prometheus.url } });
    apps.push(app);
    const api = app.api();
    await createSamples(api);
    apis.set(name, api);
  }
}, 120_000);

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await Promise.all(proms.map((prometheus) => prometheus.stop()));
});

const DRAFT = {
  source: 'prometheus',
  query: {
    bad: 'requests_total{code="500"}',
    total: 'requests_total',
    arm: { label: 'version', new: 'v2', control: 'v1' },
  },
} as const;

function suggested(past: keyof typeof PASTS, args: object): Promise<GuardSuggestion> {
  const api = apis.get(past);
  if (api === undefined) throw new Error('not started');
  return api.ask<GuardSuggestion>('guardSuggestion', { environment: ENVIRONMENT, hours: 3, ...args });
}

describe('what the history of a metric suggests', () => {
  it('is a phi near 1.3 where errors are independent, with the data that it is from', async () => {
    const found = await suggested('calm', { draft: DRAFT, hours: 3 });
    expect(found).toMatchObject({ reason: null, compared: 'halves', windowSeconds: 15, bounds: null });
    expect(found.windows).toBeGreaterThan(600);
    expect(found.bad / found.total).toBeCloseTo(0.05, 2);
    expect(found.scales.map(({ seconds }) => seconds)).toEqual([15, 60, 300, 1_200]);
    expect(found.phi).toBeLessThan(3);
    expect(found.pods.map(({ pod }) => pod).toSorted()).toEqual([0, 1, 2, 3].map((i) => `v1-${i} past`));
    expect(found.margin).toBeCloseTo(1.2, 1);
  });

  it('is a larger phi where errors come in bursts', async () => {
    const found = await suggested('bursts', { draft: DRAFT, hours: 3 });
    expect(found.reason).toBeNull();
    expect(found.phi).toBeGreaterThan(8);
    expect(found.scales[0]?.phi).toBeGreaterThan(7);
  });

  it('compares the arms where the control has one exporter', async () => {
    const swapped = { ...DRAFT.query, arm: { label: 'version', new: 'v1', control: 'v2' } };
    const found = await suggested('calm', { draft: { ...DRAFT, query: swapped }, hours: 3 });
    expect(found).toMatchObject({ reason: null, compared: 'arms', pods: [], margin: 1.2 });
    expect(found.phi).toBeLessThan(3);
  });

  it('is found in one hour, the least that may be asked for', async () => {
    const found = await suggested('calm', { draft: DRAFT, hours: 1 });
    expect(found.reason).toBeNull();
    expect(found.scales.map(({ seconds }) => seconds)).toContain(300);
  });

  it.each([
    [
      'nothing is there',
      { draft: { ...DRAFT, query: { ...DRAFT.query, total: 'nothing_total' } } },
      'no window',
    ],
    [
      'there are no buckets',
      { draft: { ...DRAFT, kind: 'latency', query: { buckets: 'took_bucket', arm: DRAFT.query.arm } } },
      'no window',
    ],
    ['the kind has no phi', { draft: { ...DRAFT, kind: 'burn', burn: { slo: 0.99 } } }, 'kind "burn"'],
  ])('is the default where %s', async (_, args, reason) => {
    const found = await suggested('calm', args);
    expect(found.reason).toContain(reason);
    expect(found.scales).toEqual([]);
    expect([1, 2, 4]).toContain(found.phi);
  });

  it('raises the phi of a guard that names none when its rollout begins, and of no other', async () => {
    const api = apis.get('bursts');
    if (api === undefined) throw new Error('not started');
    const guards = [{ key: 'of-history' }, { key: 'of-its-own', phi: 2 }];
    for (const guard of guards)
      await api.do('createGuard', inProduction({ ...DRAFT, margin: 1.2, ...guard }));
    await api.do('createFlag', inProduction({ key: 'new-cart' }));
    await api.do(
      'createRollout',
      inProduction({
        key: 'new-cart',
        flag: { key: 'new-cart', new: 'on', control: 'off' },
        steps: [{ weight: 50_000 }, { weight: 100_000 }],
        guards: guards.map(({ key }) => key),
      }),
    );
    await api.do('startRollout', inProduction({ key: 'new-cart' }));
    const found = (key: string): Promise<Guard> => api.ask<Guard>('guard', { environment: ENVIRONMENT, key });
    await eventually(async () => {
      const { phi, phiFromHistory, records } = await found('of-history');
      expect({ phi, phiFromHistory }).toEqual({ phi: 2, phiFromHistory: true });
      expect(records).toMatchObject([{ phiReason: null }]);
      expect(records[0]?.phi).toBeGreaterThan(8);
    }, 60_000);
    expect(await found('of-its-own')).toMatchObject({
      phi: 2,
      phiFromHistory: false,
      records: [{ phi: 2, phiReason: null }],
    });
    await api.do('updateGuard', inProduction({ key: 'of-history', phi: 1 }));
    expect(await found('of-history')).toMatchObject({ phi: 1, phiFromHistory: false, records: [{ phi: 1 }] });
  }, 90_000);

  it.each([
    ['what the two hours before it speak for', {}, true],
    ['the phi that is given', { phi: 2 }, false],
  ])('is what a back-test of later judges by: %s', async (_, given, isRaised) => {
    const from = Date.now() - 30 * 60_000;
    const draft = { ...DRAFT, margin: 1.2, ...given };
    const found = await apis
      .get('bursts')
      ?.ask<BackTest>('backTest', { environment: ENVIRONMENT, draft, from, to: from + 20 * 60_000 });
    expect(found).toMatchObject({ reason: null, phiReason: null });
    expect((found?.phi ?? NaN) > 8).toBe(isRaised);
    if (!isRaised) expect(found?.phi).toBe(2);
  });

  it('says to give a guard or a draft where there is neither', async () => {
    const answer = await apis.get('calm')?.call('guardSuggestion', { environment: ENVIRONMENT, hours: 1 });
    expect(answer?.errors[0]?.message).toBe('Give a guard or a draft.');
  });

  it('says of a guard on events that there is no history', async () => {
    const found = await suggested('calm', { guard: GUARD.key });
    expect(found).toMatchObject({ phi: 2, reason: 'source "events" keeps no history to read' });
  });

  it('reads a template on the route of its target', async () => {
    const target = { route: ROUTE.key, new: 'v2', control: 'v1' };
    const found = await suggested('calm', { draft: { source: 'prometheus', template: 'istio', target } });
    expect(found.reason).toContain('no window');
  });

  it.each([
    [{}, 'INVALID_INPUT', 'guard'],
    [{ guard: 'nobody' }, 'NOT_FOUND', 'guard'],
    [{ guard: GUARD.key, rollout: 'nobody' }, 'NOT_FOUND', 'rollout'],
    [{ guard: GUARD.key, hours: 0 }, 'INVALID_INPUT', 'hours'],
    [{ guard: GUARD.key, hours: 169 }, 'INVALID_INPUT', 'hours'],
    [{ draft: { source: 'prometheus' } }, 'INVALID_INPUT', 'draft.query'],
    [{ draft: { source: 'prometheus', template: 'istio' } }, 'INVALID_INPUT', 'rollout'],
    [{ draft: { ...DRAFT, margin: 0.5 } }, 'INVALID_INPUT', 'draft.margin'],
  ])('refuses %j', async (args, code, field) => {
    const { errors } =
      (await apis.get('calm')?.call('guardSuggestion', { environment: ENVIRONMENT, hours: 3, ...args })) ??
      {};
    expect(errors?.[0]?.extensions).toMatchObject({ code, field });
  });
});
