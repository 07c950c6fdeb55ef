import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { PrometheusMetricSource } from '../../src/adapters/metrics/prometheus/prometheus-metric-source.js';
import type { GuardInput } from '../../src/domain/guard.js';
import { Exporter } from '../support/exporter.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { startPrometheus } from '../support/prometheus.js';
import { ARM, failuresOf, requestsOf } from '../support/prometheus-poll.js';
import { subjectOf } from './metric-ground.js';
import { describeMetricSource } from './metric-source.contract.js';

/** Waits until each of so many pods was scraped later than now: what it counts from then on is known. */
async function scraped(url: string, pods: number): Promise<void> {
  const query = `count(timestamp(up) > ${Date.now() / 1_000})`;
  await eventually(async () => {
    const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
    expect(await answer.json()).toMatchObject({
      data: { result: [{ value: [expect.anything(), `${pods}`] }] },
    });
  }, 60_000);
}

describeMetricSource('a Prometheus', async (all) => {
  const [oldPod, newPod] = await Promise.all([Exporter.start(), Exporter.start()]);
  for (const traffic of all) {
    for (const [pod, version] of [[oldPod, 'v1'] as const, [newPod, 'v2'] as const]) {
      pod.set(requestsOf(traffic, version), 1_000);
      pod.set(requestsOf(traffic, version, 500), 10);
    }
  }
  const prometheus = await startPrometheus([oldPod.target, newPod.target]);
  await scraped(prometheus.url, 2);

  const asking = (key: string, more: Partial<GuardInput>) =>
    subjectOf({ key, source: 'prometheus', ...more });
  return {
    source: () => new PrometheusMetricSource({ url: prometheus.url }),
    subject: (traffic, key = 'g') => asking(key, failuresOf(traffic)),
    broken: [
      { subject: asking('routeless', { template: 'istio' }), code: 'NOT_READABLE' },
      { subject: asking('halved', { query: { total: 'readable', arm: ARM } }), code: 'NOT_READABLE' },
      { subject: asking('refused', failuresOf('nan')), code: 'ERROR_ANSWERED' },
    ],
    happen: (traffic, more) => {
      for (const [pod, version, { bad, total }] of [
        [oldPod, 'v1', more.control] as const,
        [newPod, 'v2', more.new] as const,
      ]) {
        pod.add(requestsOf(traffic, version), total - bad);
        pod.add(requestsOf(traffic, version, 500), bad);
      }
      return Promise.resolve();
    },
    pass: async () => {
      await sleep(200);
      return Date.now();
    },
    away: () => prometheus.kill(),
    back: async () => {
      await prometheus.start();
      await scraped(prometheus.url, 2);
    },
    stop: async () => {
      await prometheus.stop();
      await Promise.all([oldPod.gone(), newPod.gone()]);
    },
  };
});
