import { describe, expect, it } from '@jest/globals';
import { applyingRule, type RuleLookup } from './applying-rule.js';
import type { MeshObject } from './mesh-object.js';

interface Told {
  readonly exportTo?: readonly string[];
  /** Seconds since the first. */
  readonly at?: number;
  readonly policy?: boolean;
  readonly selects?: boolean;
}

/** `<namespace>/<name>` for `host`; with a policy, unless it says otherwise. */
function rule(
  place: string,
  host: string,
  { exportTo, at = 0, policy = true, selects }: Told = {},
): MeshObject {
  const [namespace = '', name = ''] = place.split('/');
  const creationTimestamp = new Date(at * 1_000).toISOString();
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace, creationTimestamp },
    spec: {
      host,
      ...(exportTo && { exportTo }),
      ...(policy && { trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }),
      ...(selects && { workloadSelector: { matchLabels: { app: 'x' } } }),
    },
  };
}

const place = ({ metadata: { namespace, name } }: MeshObject) => `${namespace}/${name}`;
const host = 'checkout.shop.svc.cluster.local';

/** The rules that count for a caller, and the one whose policy does. */
function seenFrom(caller: string | null, rules: readonly MeshObject[], more: Partial<RuleLookup> = {}) {
  const found = applyingRule(rules, { host, service: 'shop', caller, root: 'istio-system', ...more });
  if (found === null) return 'none';
  return `${found.rules.map(place).join('+')} policy ${found.policyOf ? place(found.policyOf) : 'none'}`;
}

const exact = rule('shop/exact', host);
const wild = rule('shop/wild', '*.shop.svc.cluster.local');
const wider = rule('shop/wider', '*.local');
const root = rule('istio-system/default', '*.local');
const caller = rule('web/mine', '*.local');

describe('the DestinationRule that Istio goes by', () => {
  it.each([
    ['none, for another host', 'web', [rule('shop/x', 'cart.shop.svc.cluster.local')], 'none'],
    ['an exact host before a wildcard', 'web', [wild, exact], 'shop/exact'],
    ['the longer wildcard', 'web', [wider, wild, rule('shop/all', '*')], 'shop/wild'],
    ['a short name, of a Service beside it', 'web', [rule('shop/short', 'checkout')], 'shop/short'],
    ['no short name of another namespace', 'web', [rule('far/short', 'checkout')], 'none'],
    ['the caller’s own before the Service’s, however wide', 'web', [exact, caller], 'web/mine'],
    ['the Service’s before the root’s', 'web', [root, wild], 'shop/wild'],
    ['the root’s, where there is no other', 'web', [root], 'istio-system/default'],
    ['no other namespace’s', 'web', [rule('far/mine', '*.local')], 'none'],
    ['of a caller without rules, the Service’s', null, [caller, exact], 'shop/exact'],
    ['for a proxy in the root namespace, the Service’s first', 'istio-system', [root, wild], 'shop/wild'],
    [
      'for a proxy in the root namespace, what is private there before all',
      'istio-system',
      [rule('istio-system/private', '*.local', { exportTo: ['.'] }), exact],
      'istio-system/private',
    ],
    [
      'beside the Service, what is private there',
      'shop',
      [rule('shop/private', '*.local', { exportTo: ['.'] }), root],
      'shop/private',
    ],
    [
      'elsewhere not what is private beside the Service',
      'web',
      [rule('shop/private', '*.local', { exportTo: ['shop'] }), root],
      'istio-system/default',
    ],
    [
      'what is exported to the caller by name',
      'web',
      [rule('shop/x', '*', { exportTo: ['web'] }), root],
      'shop/x',
    ],
    [
      'the root’s where the Service’s most specific is exported to others',
      'web',
      [rule('shop/x', host, { exportTo: ['far', '.'] }), wild, root],
      'istio-system/default',
    ],
    [
      'what the root exports to the caller',
      'web',
      [rule('istio-system/x', '*', { exportTo: ['far'] })],
      'none',
    ],
    [
      'its own not where that is exported to others alone',
      'web',
      [rule('web/x', '*', { exportTo: ['far'] }), exact],
      'shop/exact',
    ],
    [
      'no rule for certain workloads',
      'shop',
      [rule('shop/x', host, { selects: true }), root],
      'istio-system/default',
    ],
  ])('is %s', (_, from, rules, expected) => {
    expect(seenFrom(from, rules)).toBe(expected === 'none' ? expected : `${expected} policy ${expected}`);
    expect(seenFrom(from, rules.toReversed())).toBe(seenFrom(from, rules));
  });

  it.each([
    ['one, with the policy of the older', {}, {}, 'shop/one+shop/two policy shop/one'],
    [
      'one, with the policy of the one that has any',
      { policy: false },
      {},
      'shop/one+shop/two policy shop/two',
    ],
    ['one without a policy', { policy: false }, { policy: false }, 'shop/one+shop/two policy none'],
    [
      'two where they are exported to others, of which the newer counts',
      { exportTo: ['*'] },
      {},
      'shop/two policy shop/two',
    ],
    [
      'one where the newer is exported to more',
      { exportTo: ['.'] },
      { exportTo: ['.', 'web'] },
      'shop/one+shop/two policy shop/one',
    ],
    [
      'one where both say the same in another order',
      { exportTo: ['a', '.'] },
      { exportTo: ['.', 'a'] },
      'shop/one+shop/two policy shop/one',
    ],
  ])('makes of two for one host %s', (_, one, two, expected) => {
    const rules = [rule('shop/two', host, { ...two, at: 9 }), rule('shop/one', host, one)];
    expect(seenFrom('shop', rules)).toBe(expected);
  });

  it('takes two of one second by their names', () => {
    expect(seenFrom('shop', [rule('shop/b', host), rule('shop/a', host)])).toBe(
      'shop/a+shop/b policy shop/a',
    );
  });

  it('is told which namespace is the root', () => {
    expect(seenFrom('web', [rule('far/x', '*')], { root: 'far' })).toBe('far/x policy far/x');
  });
});
