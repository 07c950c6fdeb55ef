import { describe, expect, it } from '@jest/globals';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { inGroups } from './write-groups.js';
import type { Step } from './write-order.js';

function applied(kind: string, name: string, spec: MeshObject['spec']): Step {
  const metadata = { name, namespace: 'shop' };
  return {
    act: 'apply',
    standing: null,
    object: { apiVersion: 'networking.istio.io/v1', kind, metadata, spec },
  };
}

const hosts = ['checkout.example.com'];
const gateway = applied('VirtualService', 'gw', { hosts, http: [{ name: 'all' }] });
const mesh = applied('VirtualService', 'mesh', { hosts, http: [{ name: 'all' }] });
const rule = applied('DestinationRule', 'rule', { host: 'checkout' });
const delegate = applied('VirtualService', 'delegate', { http: [] });
const root = applied('VirtualService', 'root', { hosts, http: [{ delegate: { name: 'delegate' } }] });
const wait: Step = { act: 'settle' };

function removal(step: Step): Step {
  if (step.act !== 'apply') throw new Error('nothing to remove');
  return { act: 'delete', standing: step.object };
}

describe('what is written at one moment', () => {
  it.each<[string, readonly Step[], readonly (readonly Step[])[]]>([
    ['VirtualServices that know nothing of one another', [gateway, mesh], [[gateway, mesh]]],
    ['no subsets with the routes to them', [rule, wait, gateway, mesh], [[rule], [wait], [gateway, mesh]]],
    ['no delegate with the root that names it', [delegate, root], [[delegate], [root]]],
    ['no removal with what stands in its place', [gateway, removal(mesh)], [[gateway], [removal(mesh)]]],
    ['nothing', [], []],
  ])('%s', (_, steps, groups) => {
    expect(inGroups(steps)).toEqual(groups);
  });
});
