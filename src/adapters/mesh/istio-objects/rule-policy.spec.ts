import { describe, expect, it } from '@jest/globals';
import { checkoutRoute, tableOf } from '../../../../test/contract/route-tables.js';
import type { MeshObject } from './mesh-object.js';
import { policyStatus, rulePolicy, underPolicy } from './rule-policy.js';
import { routeObjects } from './route-objects.js';

const host = 'checkout.shop.svc.cluster.local';
const tls = { tls: { mode: 'ISTIO_MUTUAL' } };
const pool = { connectionPool: { tcp: { maxConnections: 7 } } };

function rule(place: string, spec: { readonly [field: string]: unknown }): MeshObject {
  const [namespace = '', name = ''] = place.split('/');
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace },
    spec,
  };
}

const both = tableOf(checkoutRoute());
const gatewayOnly = tableOf(checkoutRoute({ mesh: false }));
const meshOnly = tableOf(checkoutRoute({ gateways: [] }));
const of = (others: readonly MeshObject[], table = both) => rulePolicy(table, others, 'istio-system');

const root = rule('istio-system/default', { host: '*.local', trafficPolicy: tls });
const wild = rule('shop/all', { host: '*.shop.svc.cluster.local', trafficPolicy: pool });
const beside = rule('shop/theirs', { host, trafficPolicy: pool });

describe('what the DestinationRule of a route says besides its subsets', () => {
  it.each([
    ['nothing, where nobody has any', [], null, null],
    [
      'nothing of a rule for another host',
      [rule('shop/x', { host: '*.far.local', trafficPolicy: tls })],
      null,
      null,
    ],
    ['the policy of the root namespace', [root], 'DestinationRule istio-system/default', tls],
    [
      'the policy of a wildcard beside it before that of the root',
      [root, wild],
      'DestinationRule shop/all',
      pool,
    ],
    [
      'nothing where the wildcard beside it says nothing, which hides the root’s',
      [root, rule('shop/all', { host: '*.local' })],
      null,
      null,
    ],
    [
      'nothing where a rule for the same host is beside it, which Istio merges',
      [root, wild, beside],
      null,
      null,
    ],
  ])('is %s', (_, others, copiedFrom, trafficPolicy) => {
    expect(of(others)).toMatchObject({ copiedFrom, trafficPolicy, notes: [], hiddenBy: [] });
    const [written] = underPolicy(routeObjects(both), of(others));
    expect(written?.spec?.['trafficPolicy'] ?? null).toEqual(trafficPolicy);
    expect(written?.spec).toMatchObject({ host, subsets: [{ name: 'tg-v1' }, { name: 'tg-v2' }] });
  });

  it.each([
    ['all, where the rule beside it says so', ['*'], both, ['*']],
    ['nothing, where the rule beside it doesn’t', undefined, both, null],
    [
      'whom the rule beside it says, if the gateway is one of them',
      ['.', 'edge'],
      gatewayOnly,
      ['.', 'edge'],
    ],
    ['nothing where the gateway would not see it then', ['edge'], gatewayOnly, null],
    ['nothing where callers elsewhere would not see it then', ['.'], both, null],
  ])('is exported to %s', (_, exportTo, table, expected) => {
    const policy = of([rule('shop/theirs', { host, ...(exportTo && { exportTo }) })], table);
    expect(policy).toMatchObject({ exportTo: expected, beside: ['DestinationRule shop/theirs'] });
  });

  it('copies the policy of a rule beside it that Istio can’t merge, and says why', () => {
    const policy = of([rule('shop/theirs', { host, exportTo: ['.'], trafficPolicy: pool })], meshOnly);
    expect(policy).toMatchObject({
      copiedFrom: 'DestinationRule shop/theirs',
      trafficPolicy: pool,
      exportTo: null,
    });
    expect(policy.notes.join()).toContain('the newer one counts');
  });

  it('says whose policy is held where callers beside the Service had another one', () => {
    const secret = rule('shop/all', { host: '*.local', exportTo: ['.'], trafficPolicy: pool });
    expect(of([root, secret])).toMatchObject({ copiedFrom: 'DestinationRule istio-system/default' });
    expect(of([root, secret], meshOnly)).toMatchObject({ copiedFrom: 'DestinationRule shop/all' });
    expect(of([root, secret]).notes).toEqual([
      'Callers in shop had the traffic policy of DestinationRule shop/all, all others that of DestinationRule ' +
        'istio-system/default; ours can hold one of the two, that of DestinationRule istio-system/default',
    ]);
  });

  it('says that subsets of a rule that it hides are gone', () => {
    const notes = of([rule('shop/all', { host: '*.local', subsets: [{ name: 'x' }] })]).notes;
    expect(notes).toEqual([
      'Subsets of DestinationRule shop/all can’t be reached for this host any more, as ours hides it',
    ]);
  });

  it.each([
    ['in a caller’s namespace, in the mesh', both, rule('web/x', { host: '*.local' }), true],
    [
      'in a caller’s namespace, for a gateway elsewhere',
      gatewayOnly,
      rule('web/x', { host: '*.local' }),
      false,
    ],
    [
      'beside the gateway',
      tableOf(checkoutRoute({ mesh: false, gateways: [{ name: 'web/gw', hosts: ['a.b'] }] })),
      rule('web/x', { host: '*' }),
      true,
    ],
    ['in the root namespace, which is asked last', both, root, false],
    ['private to the root namespace', both, rule('istio-system/x', { host: '*', exportTo: ['.'] }), true],
    ['exported from there to others alone', both, rule('web/x', { host: '*', exportTo: ['far'] }), false],
    [
      'for certain workloads beside it',
      both,
      rule('shop/x', { host, workloadSelector: { matchLabels: {} } }),
      true,
    ],
    [
      'for certain workloads beside it, but less specific',
      both,
      rule('shop/x', { host: '*', workloadSelector: {} }),
      false,
    ],
  ])('is hidden by a rule %s: %#', (_, table, other, isHidden) => {
    const policy = of([other], table);
    expect(policy.hiddenBy.length > 0).toBe(isHidden);
    expect(policy.notes).toEqual(policy.hiddenBy);
  });

  it('may be hidden from gateways that run in the root namespace, which is told and refuses nothing', () => {
    const secret = rule('istio-system/x', { host: '*', exportTo: ['.'] });
    const { notes, hiddenBy } = of([secret], gatewayOnly);
    expect([notes.length, hiddenBy]).toEqual([1, []]);
  });

  it('is nothing to tell of where no rule is near', () => {
    expect(policyStatus(of([]))).toBeUndefined();
    expect(policyStatus(of([root]))).toEqual({
      copiedFrom: 'DestinationRule istio-system/default',
      trafficPolicy: tls,
      beside: [],
      exportTo: null,
      notes: [],
    });
  });
});
