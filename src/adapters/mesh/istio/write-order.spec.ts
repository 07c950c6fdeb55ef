import { describe, expect, it } from '@jest/globals';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { type Unsettled, writeOrder } from './write-order.js';

function object(kind: string, name: string, spec: MeshObject['spec']): MeshObject {
  return { apiVersion: 'networking.istio.io/v1', kind, metadata: { name, namespace: 'shop' }, spec };
}

const rule = (...versions: string[]) =>
  object('DestinationRule', 'tg-checkout', { subsets: versions.map((name) => ({ name })) });
const ruleOf = (host: string, name = 'tg-checkout') =>
  object('DestinationRule', name, { host, subsets: [{ name: `v1@${host}` }] });
const routes = (to: string) => ({ to, http: [{ route: [{ destination: { subset: to } }] }] });
const gateway = (to: string) => object('VirtualService', 'tg-checkout-gw', routes(to));
const mesh = (to: string) => object('VirtualService', 'tg-checkout-mesh', routes(to));

const elsewhere = (one: MeshObject): MeshObject => ({
  ...one,
  metadata: { ...one.metadata, namespace: 'old' },
});

/** Steps in short: `DestinationRule v1,v2`, `gw=v2`, `-mesh`, `wait`. */
function order(own: readonly MeshObject[], wanted: readonly MeshObject[], unsettled?: Unsettled): string[] {
  return writeOrder(own, wanted, unsettled).map((step) => {
    if (step.act === 'settle') return 'wait';
    const { kind, metadata, spec } = step.act === 'apply' ? step.object : step.standing;
    const name =
      kind === 'DestinationRule'
        ? metadata.name.replace('tg-checkout', 'rule')
        : metadata.name.replace('tg-checkout-', '');
    if (step.act === 'delete') return `-${name}`;
    const subsets = (spec?.['subsets'] ?? []) as { name: string }[];
    return `${name}=${kind === 'DestinationRule' ? subsets.map((one) => one.name).join(',') : String(spec?.['to'])}`;
  });
}

describe('the order of writes', () => {
  it.each([
    ['nothing where nothing differs', [rule('v1'), gateway('v1')], [rule('v1'), gateway('v1')], []],
    [
      'subsets, a wait, then routes for a new route',
      [],
      [rule('v1'), gateway('v1'), mesh('v1')],
      ['rule=v1', 'wait', 'gw=v1', 'mesh=v1'],
    ],
    [
      'only the route that differs where the subsets stand',
      [rule('v1', 'v2'), gateway('v1'), mesh('v1')],
      [rule('v1', 'v2'), gateway('v2'), mesh('v1')],
      ['gw=v2'],
    ],
    [
      'a new subset before the routes to it',
      [rule('v1'), gateway('v1')],
      [rule('v1', 'v2'), gateway('v2')],
      ['rule=v1,v2', 'wait', 'gw=v2'],
    ],
    [
      'no wait for a new subset that no route names',
      [rule('v1', 'v2'), gateway('v2')],
      [rule('v1', 'v2', 'v3'), gateway('v1')],
      ['rule=v1,v2,v3', 'gw=v1'],
    ],
    [
      'a subset that goes after the routes have left it',
      [rule('v1', 'v2'), gateway('v2')],
      [rule('v1'), gateway('v1')],
      ['gw=v1', 'wait', 'rule=v1'],
    ],
    [
      'both, when one comes and another goes',
      [rule('v1', 'v2'), gateway('v2')],
      [rule('v2', 'v3'), gateway('v3')],
      ['rule=v2,v3,v1', 'wait', 'gw=v3', 'wait', 'rule=v2,v3'],
    ],
    [
      'no wait where no route changes',
      [rule('v1', 'by-hand'), gateway('v1')],
      [rule('v1'), gateway('v1')],
      ['rule=v1'],
    ],
    [
      'the missing subsets alone where the routes stand',
      [gateway('v1')],
      [rule('v1'), gateway('v1')],
      ['rule=v1'],
    ],
    [
      'the object of a place that the route has left goes',
      [rule('v1'), gateway('v1'), mesh('v1')],
      [rule('v1'), gateway('v1')],
      ['-mesh'],
    ],
    [
      'routes before subsets for a route that goes',
      [rule('v1'), gateway('v1'), mesh('v1')],
      [],
      ['-gw', '-mesh', 'wait', '-rule'],
    ],
    ['nothing for a route that is gone', [], [], []],
    [
      'subsets of both hosts, until the routes have left the first',
      [ruleOf('a'), gateway('v1@a')],
      [ruleOf('b'), gateway('v1@b')],
      ['rule.before=v1@a', 'rule=v1@b', 'wait', 'gw=v1@b', 'wait', '-rule.before'],
    ],
    [
      'on from there, when it was cut short before the routes',
      [ruleOf('a', 'tg-checkout.before'), ruleOf('b'), gateway('v1@a')],
      [ruleOf('c'), gateway('v1@c')],
      ['rule=v1@c', 'wait', 'gw=v1@c', 'wait', '-rule.before'],
    ],
    [
      'the other host alone where no route names a subset of the first',
      [ruleOf('a'), gateway('v1@b')],
      [ruleOf('b'), gateway('v1@b')],
      ['rule=v1@b'],
    ],
    [
      'subsets and routes in the new namespace, then the old ones go',
      [elsewhere(rule('v1')), elsewhere(gateway('v1'))],
      [rule('v1'), gateway('v1')],
      ['rule=v1', 'wait', 'gw=v1', '-gw', 'wait', '-rule'],
    ],
  ])('is %s', (_, own, wanted, steps) => {
    expect(order(own, wanted)).toEqual(steps);
  });

  it.each([
    ['asks for a subset that proxies may not know yet', gateway('v3'), ['wait', 'gw=v3']],
    ['asks for no such subset', gateway('v1'), ['gw=v1']],
  ])('after a wait that was cut short, waits where a route %s', (_, next, steps) => {
    const unsettled = { subsets: new Set(['v3']), routes: false };
    const all = rule('v1', 'v2', 'v3');
    expect(order([all, gateway('v2')], [all, next], unsettled)).toEqual(steps);
  });

  it('after a wait that was cut short, waits before a subset goes', () => {
    const unsettled = { subsets: new Set<string>(), routes: true };
    const own = [rule('v1', 'v2'), gateway('v1')];
    expect(order(own, [rule('v1'), gateway('v1')], unsettled)).toEqual(['wait', 'rule=v1']);
  });
});
