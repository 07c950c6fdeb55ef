import { describe, expect, it } from '@jest/globals';
import type { MeshObject } from '../../istio-objects/mesh-object.js';
import { Draining } from './draining.js';

const DRAIN = 30_000;

function object(kind: string, spec: MeshObject['spec']): MeshObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name: `a-${kind}`, namespace: 'shop' },
    spec,
  };
}

const rule = (...names: string[]) =>
  object('DestinationRule', { subsets: names.map((name) => ({ name, labels: { version: name } })) });
const routes = (...names: string[]) =>
  object('VirtualService', { http: names.map((subset) => ({ route: [{ destination: { subset } }] })) });

function namesOf([first]: readonly MeshObject[]): string[] {
  return ((first?.spec?.['subsets'] ?? []) as { name: string }[]).map(({ name }) => name);
}

describe('draining', () => {
  it('keeps a subset while a route names it, and for the drain time after that', () => {
    let now = 0;
    const draining = new Draining(DRAIN, () => now);
    const wanted = [rule('tg-v2'), routes('tg-v2')];
    const stand = (...names: string[]) =>
      namesOf(draining.keep('shop', [rule('tg-v1', 'tg-v2'), routes(...names)], wanted));
    expect(stand('tg-v1', 'tg-v2')).toEqual(['tg-v1', 'tg-v2']);
    now += 2 * DRAIN;
    expect(stand('tg-v1', 'tg-v2')).toEqual(['tg-v1', 'tg-v2']);
    expect(stand('tg-v2')).toEqual(['tg-v1', 'tg-v2']);
    now += DRAIN - 1;
    expect(stand('tg-v2')).toEqual(['tg-v1', 'tg-v2']);
    now += 1;
    expect(stand('tg-v2')).toEqual(['tg-v2']);
  });

  it('begins anew when a route comes back to it', () => {
    let now = 0;
    const draining = new Draining(DRAIN, () => now);
    const own = [rule('tg-v1', 'tg-v2'), routes('tg-v2')];
    const keep = (wanted: MeshObject) => namesOf(draining.keep('shop', own, [wanted]));
    keep(rule('tg-v2'));
    now += DRAIN / 2;
    expect(keep(rule('tg-v1', 'tg-v2'))).toEqual(['tg-v1', 'tg-v2']);
    now += DRAIN / 2;
    expect(keep(rule('tg-v2'))).toEqual(['tg-v1', 'tg-v2']);
  });

  it('puts new subsets behind those that stand, and keeps nothing that is not ours', () => {
    const draining = new Draining(DRAIN, () => 0);
    const own = [rule('tg-v1', 'by-hand', 'tg-v2'), routes('tg-v1', 'tg-v2')];
    expect(namesOf(draining.keep('shop', own, [rule('tg-v3', 'tg-v2')]))).toEqual([
      'tg-v1',
      'tg-v2',
      'tg-v3',
    ]);
  });

  it('keeps the rule of a Service that moved while routes go there, and for the drain time after that', () => {
    let now = 0;
    const draining = new Draining(DRAIN, () => now);
    const at = (namespace: string): MeshObject => {
      const one = object('DestinationRule', { host: `checkout.${namespace}.svc.cluster.local` });
      return { ...one, metadata: { ...one.metadata, namespace } };
    };
    const to = (namespace: string) => {
      const destination = { host: `checkout.${namespace}.svc.cluster.local` };
      return object('VirtualService', { http: [{ route: [{ destination }] }] });
    };
    const wanted = [at('shop-two'), to('shop-two')];
    const keep = (routes: MeshObject) => draining.keep('shop', [at('shop'), at('shop-two'), routes], wanted);
    expect(keep(to('shop'))).toEqual([...wanted, at('shop')]);
    now += 2 * DRAIN;
    expect(keep(to('shop-two'))).toEqual([...wanted, at('shop')]);
    now += DRAIN;
    expect(keep(to('shop-two'))).toEqual(wanted);
  });

  it('of no time keeps nothing', () => {
    const own = [rule('tg-v1', 'tg-v2'), routes('tg-v1')];
    expect(namesOf(new Draining(0).keep('shop', own, [rule('tg-v2')]))).toEqual(['tg-v2']);
  });

  it('tells how long the subsets of a route that goes must stay', () => {
    let now = 0;
    const draining = new Draining(DRAIN, () => now);
    expect(draining.left('shop')).toBe(DRAIN);
    now += 10_000;
    expect(draining.left('shop')).toBe(DRAIN - 10_000);
    draining.forget('shop');
    expect(draining.left('shop')).toBe(DRAIN);
  });
});
