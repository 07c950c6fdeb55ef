import { describe, expect, it } from '@jest/globals';
import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import { GUARD_TEMPLATES, type GuardInput, guardSchema, TELLING_LABELS } from '../../../domain/guard.js';
import { selectorsOf, templateOf } from './guard-selectors.js';

/** What the selectors of Envoy ask of the cluster: one of either version. */
const CLUSTERS = String.raw`cluster_name=~"outbound\\|80\\|tg-v1\\|checkout\\.shop\\.svc\\.cluster\\.local|outbound\\|80\\|tg-v2\\|checkout\\.shop\\.svc\\.cluster\\.local"`;

const route = {
  key: 'checkout',
  service: 'checkout.shop.svc.cluster.local',
  port: 80,
  versions: { v1: { version: 'one' }, v2: { track: 'next' } },
};

function subjectOf(guard: Partial<GuardInput>, of: GuardSubject['route'] = route): GuardSubject {
  const parsed = guardSchema.parse({ key: 'errors', source: 'prometheus', margin: 1.2, ...guard });
  return {
    environment: 'production',
    guard: parsed,
    arms: { new: 'v2', control: 'v1' },
    route: of,
    rule: null,
  };
}

describe('the selectors of a guard', () => {
  it.each(GUARD_TEMPLATES)('of %s tell arms and failures by labels that can be no strata', (template) => {
    const read = templateOf(subjectOf({ template }));
    expect(TELLING_LABELS[template]).toEqual(expect.arrayContaining([read?.arm.label, read?.failed.label]));
  });

  it('for Envoy count response classes of our clusters, and tell versions by the cluster', () => {
    expect(selectorsOf(subjectOf({ template: 'envoy' }))).toEqual({
      bad: `envoy_cluster_upstream_rq{response_code_class=~".+",${CLUSTERS},response_code_class="5xx"}`,
      total: `envoy_cluster_upstream_rq{response_code_class=~".+",${CLUSTERS}}`,
      arm: {
        label: 'cluster_name',
        new: 'outbound|80|tg-v2|checkout.shop.svc.cluster.local',
        control: 'outbound|80|tg-v1|checkout.shop.svc.cluster.local',
      },
    });
  });

  it('for Istio count what clients saw, and tell versions by the pods’ label where they have one', () => {
    const ours = 'reporter=~"source|waypoint",destination_service="checkout.shop.svc.cluster.local"';
    expect(selectorsOf(subjectOf({ template: 'istio' }))).toEqual({
      bad: `istio_requests_total{${ours},response_code=~"5.."}`,
      total: `istio_requests_total{${ours}}`,
      arm: { label: 'destination_version', new: 'v2', control: 'one' },
    });
  });

  it('for latency are the buckets of both templates, of Istio as servers saw it; for a mean their sums and counts', () => {
    const server = 'reporter=~"destination|waypoint",destination_service="checkout.shop.svc.cluster.local"';
    expect(selectorsOf(subjectOf({ template: 'envoy', kind: 'latency' }))).toMatchObject({
      buckets: `envoy_cluster_upstream_rq_time_bucket{${CLUSTERS}}`,
      arm: { label: 'cluster_name' },
    });
    expect(selectorsOf(subjectOf({ template: 'istio', kind: 'latency' }))).toEqual({
      buckets: `istio_request_duration_milliseconds_bucket{${server}}`,
      arm: { label: 'destination_version', new: 'v2', control: 'one' },
    });
    expect(selectorsOf(subjectOf({ template: 'istio', kind: 'mean' }))).toMatchObject({
      sum: `istio_request_duration_milliseconds_sum{${server}}`,
      total: `istio_request_duration_milliseconds_count{${server}}`,
    });
  });

  it('are its own query as it stands', () => {
    const query = { bad: 'b_total', total: 't_total', arm: { label: 'v', new: 'b', control: 'a' } };
    expect(selectorsOf(subjectOf({ query }))).toEqual(query);
  });

  it('are none for a template without a route', () => {
    expect(selectorsOf(subjectOf({ template: 'envoy' }, null))).toBeNull();
  });
});
