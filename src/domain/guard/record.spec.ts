import { describe, expect, it } from '@jest/globals';
import { type Guard, guardSchema } from '../guard.js';
import type { GuardRecord } from './guard-record.js';
import type { GuardSubject } from './guard-subject.js';
import { basisOf, freshRecord, settleRecord } from './record.js';

const guard = guardSchema.parse({ key: 'errors', source: 'prometheus', template: 'envoy', margin: 1.2 });
const route = { key: 'checkout', service: 'checkout.shop.svc.cluster.local', port: 80 };
const subject: GuardSubject = {
  environment: 'production',
  guard,
  arms: { new: 'v2', control: 'v1' },
  route,
  rule: null,
};
const basis = basisOf(guard, subject);

describe('the basis of a guard', () => {
  it.each<[string, Partial<Guard>]>([
    ['margin', { margin: 1.3 }],
    ['threshold', { margin: null, threshold: 0.01 }],
    ['template', { template: 'istio' }],
    ['query', { query: { bad: 'b', total: 't', arm: { label: 'v', new: 'v2', control: 'v1' } } }],
    ['events', { source: 'events', events: { flag: 'shop', bad: 'gave-up', total: 'exposures' } }],
    ['URL', { source: 'webhook', webhook: { url: 'https://a.example.com/', secretRef: 'env:A' } }],
  ])('changes with its %s', (_, edit) => expect(basisOf({ ...guard, ...edit }, subject)).not.toBe(basis));

  it.each<[string, Partial<GuardSubject>]>([
    ['arms', { arms: { new: 'v3', control: 'v1' } }],
    ['service', { route: { ...route, service: 'cart.shop.svc.cluster.local' } }],
    ['rule', { rule: 'rollout:new-checkout:split' }],
  ])('changes with the %s it watches', (_, other) =>
    expect(basisOf(guard, { ...subject, ...other })).not.toBe(basis),
  );

  it.each<[string, Partial<Guard>]>([
    ['description', { description: 'of payment' }],
    ['alpha', { alpha: 0.001 }],
    ['minEvents', { minEvents: 20 }],
    ['action', { action: 'restore' }],
  ])('stays with another %s', (_, edit) => expect(basisOf({ ...guard, ...edit }, subject)).toBe(basis));
});

describe('a record', () => {
  const used: GuardRecord = {
    ...freshRecord(3, 1_000),
    basis,
    state: 'ok',
    logs: [1, 2, null],
    logE: 1.5,
    spent: 0.8,
    windows: 9,
    watermark: 50_000,
    dataAt: 50_000,
  };

  it('stands as long as its basis does, and takes the first it meets', () => {
    expect(settleRecord(used, basis, 60_000)).toBe(used);
    expect(settleRecord(freshRecord(1, 5), basis, 60_000)).toEqual({ ...freshRecord(1, 5), basis });
  });

  it('begins anew on another basis, with the mass it has not spent', () => {
    const expected = { ...freshRecord(3, 60_000), spent: 0.8, basis: 'other' };
    expect(settleRecord(used, 'other', 60_000)).toEqual(expected);
  });

  it('keeps its latch whatever is edited', () => {
    const trip = { at: 55_000, evidence: { words: 'errors' } };
    const edited = settleRecord({ ...used, state: 'tripped', trip }, 'other', 60_000);
    expect(edited).toMatchObject({ state: 'tripped', trip, logE: null });
  });
});
