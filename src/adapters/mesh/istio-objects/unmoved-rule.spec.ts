import { describe, expect, it } from '@jest/globals';
import { type MeshObject, REVISION_ANNOTATION } from './mesh-object.js';
import { standingRevision, unmovedRule } from './unmoved-rule.js';

function object(kind: string, revision: string, spec: MeshObject['spec'] = {}): MeshObject {
  const metadata = { name: 'a', namespace: 'shop', annotations: { [REVISION_ANNOTATION]: revision } };
  return { apiVersion: 'networking.istio.io/v1', kind, metadata, spec };
}

const rule = (revision: string, ...subsets: string[]) => object('DestinationRule', revision, { subsets });
const service = (revision: string) => object('VirtualService', revision);

describe('a rule whose subsets a new table leaves alone', () => {
  it.each([
    ['keeps its revision', [rule('e.1', 'v1')], [rule('e.2', 'v1'), service('e.2')], 'e.1'],
    [
      'has the new one where a subset differs',
      [rule('e.1', 'v1')],
      [rule('e.2', 'v2'), service('e.2')],
      'e.2',
    ],
    [
      'has the new one where nothing else says which table stands',
      [rule('e.1', 'v1')],
      [rule('e.2', 'v1')],
      'e.2',
    ],
    ['has the new one where it does not stand', [], [rule('e.2', 'v1'), service('e.2')], 'e.2'],
  ])('%s', (_, own, wanted, revision) => {
    const [first, ...others] = unmovedRule(own, wanted);
    expect(first?.metadata.annotations?.[REVISION_ANNOTATION]).toBe(revision);
    expect(others).toEqual(wanted.slice(1));
  });
});

describe('the table that stands', () => {
  it.each<[string, readonly MeshObject[], string | null]>([
    ['is what the VirtualServices say', [rule('e.1'), service('e.2')], 'e.2'],
    ['is the old one until all of them have the new', [rule('e.2'), service('e.2'), service('e.1')], 'e.1'],
    ['is what the rule says where it stands alone', [rule('e.1')], 'e.1'],
    ['is none where nothing stands', [], null],
  ])('%s', (_, own, revision) => {
    expect(standingRevision(own, 'e.2')).toBe(revision);
  });
});
