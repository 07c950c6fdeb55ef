import { describe, expect, it } from '@jest/globals';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { foreignEdit } from './foreign-edit.js';

const ours = { manager: 'tidegate', time: '2026-01-01T00:00:09Z' };
const early = { manager: 'kubectl-edit', time: '2026-01-01T00:00:01Z' };
const late = { manager: 'argocd-controller', time: '2026-01-01T00:00:02Z' };
const status = { manager: 'pilot', time: '2026-01-01T00:00:08Z', subresource: 'status' };

function object(name: string, to: string, managedFields: readonly object[] = [ours]): MeshObject {
  const metadata = { name, namespace: 'shop', managedFields };
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec: { to } };
}

const wanted = [object('tg-a', 'v1'), object('tg-b', 'v1')];

describe('an edit of somebody else', () => {
  it.each([
    ['is none where all is as wanted', [object('tg-a', 'v1', [ours, late]), object('tg-b', 'v1')], undefined],
    [
      'is known by the manager who set fields last',
      [object('tg-a', 'v2', [late, ours, early, status]), object('tg-b', 'v1')],
      { object: 'VirtualService shop/tg-a', act: 'changed', manager: 'argocd-controller' },
    ],
    [
      'is a removal',
      [object('tg-b', 'v1')],
      { object: 'VirtualService shop/tg-a', act: 'removed', manager: null },
    ],
    [
      'is found in the second object',
      [object('tg-a', 'v1'), object('tg-b', 'v2', [ours, early])],
      { object: 'VirtualService shop/tg-b', act: 'changed', manager: 'kubectl-edit' },
    ],
    [
      'is none where only we set fields',
      [object('tg-a', 'v2', [ours, status]), object('tg-b', 'v1')],
      undefined,
    ],
    ['is none where nobody notes who set them', [object('tg-a', 'v2', []), object('tg-b', 'v1')], undefined],
  ])('%s', (_, standing, drift) => {
    expect(foreignEdit(standing, wanted)).toEqual(drift);
  });

  it.each<[string, readonly MeshObject[], readonly MeshObject[], object | undefined]>([
    [
      'is known though it set no field: it took some away',
      [object('tg-a', 'v2'), object('tg-b', 'v1')],
      wanted,
      { object: 'VirtualService shop/tg-a', act: 'changed', manager: null },
    ],
    [
      'is none where it stands as it stood, whoever set fields of it once: then another one is wanted',
      [object('tg-a', 'v0', [late, ours]), object('tg-b', 'v1')],
      [object('tg-a', 'v0'), object('tg-b', 'v1')],
      undefined,
    ],
    ['is none where one is newly wanted', [object('tg-a', 'v1')], [object('tg-a', 'v1')], undefined],
    [
      'is a removal',
      [object('tg-a', 'v1')],
      wanted,
      { object: 'VirtualService shop/tg-b', act: 'removed', manager: null },
    ],
  ])('of what stood before %s', (_, standing, stood, drift) => {
    expect(foreignEdit(standing, wanted, stood)).toEqual(drift);
  });
});
