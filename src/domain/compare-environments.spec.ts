import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { flagOf, imageOf, routeOf, segmentOf } from '../../test/support/image.js';
import { patched } from '../../test/support/json-patch.js';
import { compareEnvironments, type ComparisonFilter } from './compare-environments.js';
import type { Documents, Edit } from './documents.js';
import { settingsSchema } from './environment.js';

const documents = (...edits: Edit[]): Documents => imageOf(...edits).documents;
const settings = (description: string): Edit => ({
  kind: 'settings',
  key: 'environment',
  value: settingsSchema.parse({ description }),
});
const owned = flagOf({
  key: 'same',
  rules: [{ id: 'rollout:x:split', condition: { all: [] }, serve: { variant: 'on' } }],
});
const from = documents(
  settings('one'),
  owned,
  flagOf({ key: 'differs', tags: ['shop'], enabled: false }),
  flagOf({ key: 'here' }),
  routeOf({ key: 'r', service: 'r.staging.svc.cluster.local', port: 81 }),
);
const to = documents(
  settings('two'),
  flagOf({ key: 'same' }),
  flagOf({ key: 'differs' }),
  segmentOf({ key: 'there', description: 'Those there' }),
  routeOf({ key: 'r', service: 'r.live.svc.cluster.local' }),
);

describe('compareEnvironments', () => {
  it.each<[string, ComparisonFilter, string[], number]>([
    ['usually', {}, ['flag/differs differs', 'flag/here onlyInFrom', 'segment/there onlyInTo'], 2],
    ['of one kind', { kinds: ['segment'] }, ['segment/there onlyInTo'], 0],
    ['of one key', { key: 'differs' }, ['flag/differs differs'], 0],
    ['with a tag in either', { tag: 'shop' }, ['flag/differs differs'], 0],
    ['by text', { text: 'THOSE' }, ['segment/there onlyInTo'], 0],
    [
      'with settings and placement',
      { settings: true, placement: true, kinds: ['settings', 'route'] },
      ['route/r differs', 'settings/environment differs'],
      0,
    ],
  ])('tells %s what is not the same', (_, filter, expected, same) => {
    const told = compareEnvironments(from, to, filter);
    expect(told.documents.map(({ kind, key, status }) => `${kind}/${key} ${status}`)).toEqual(expected);
    expect(told.same).toBe(same);
  });

  it('tells field by field what leads from one to the other', () => {
    const { documents: told } = compareEnvironments(from, to, { key: 'differs' });
    expect(told[0]?.fields).toEqual([
      { op: 'replace', path: '/enabled', before: false, after: true },
      { op: 'remove', path: '/tags/0', before: 'shop', after: null },
    ]);
  });

  it('of an environment with itself finds nothing, and turned round finds the same the other way', () => {
    const flag = fc
      .tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean(), fc.subarray(['x', 'y']))
      .map(([key, enabled, tags]) => flagOf({ key, enabled, tags: [...tags] }));
    const flags = fc.uniqueArray(flag, { selector: ({ key }) => key }).map((edits) => documents(...edits));
    fc.assert(
      fc.property(flags, flags, (one, other) => {
        expect(compareEnvironments(one, one, {})).toEqual({ documents: [], same: one.count('flag') });
        const there = compareEnvironments(one, other, {}).documents;
        const back = compareEnvironments(other, one, {}).documents;
        expect(back.map(({ key }) => key)).toEqual(there.map(({ key }) => key));
        for (const { key, status, fields } of there) {
          if (status !== 'differs') continue;
          expect(patched(one.value('flag', key), fields)).toEqual(other.value('flag', key));
        }
      }),
    );
  });
});
