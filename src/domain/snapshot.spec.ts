import { describe, expect, it } from '@jest/globals';
import { applyDelta, type Flag } from '@tidegate/sdk/engine';
import { sampleFlag, sampleSegment } from '../../test/support/sample-documents.js';
import type { Change, DocumentChange } from './change.js';
import { Documents, type Edit } from './documents.js';
import { guardSchema } from './guard.js';
import type { Image } from './image.js';
import { rolloutSchema } from './rollout.js';
import { headOf, segmentKeyChange } from './segment-keys.js';
import { toDelta, toSnapshot } from './snapshot.js';

const flagEdit = (value: Flag): Edit => ({ kind: 'flag', key: value.key, value });

function imageOf(edits: Edit[], revision = 7): Image {
  const documents = new Documents([]).with(edits, revision);
  return { scope: 'production', epoch: 'e', revision, documents, states: new Map() };
}

function logged({ documents }: Image, edit: Edit): DocumentChange {
  const { kind, key, value } = edit;
  if (edit.kind !== 'segment') return { kind, key, before: documents.value(kind, key) ?? null, after: value };
  const before = documents.value('segment', key) ?? null;
  return {
    kind,
    key,
    before: before && headOf(before),
    after: edit.value && headOf(edit.value),
    keys: segmentKeyChange(before, edit.value),
  };
}

function write(image: Image, edits: Edit[]): { change: Change; after: Image } {
  const revision = image.revision + 1;
  const documents = edits.map((edit) => logged(image, edit));
  const change = { revision, at: 0, actor: 'a', reason: '', documents, event: null };
  return { change, after: { ...image, revision, documents: image.documents.with(edits, revision) } };
}

describe('toSnapshot', () => {
  it('ships flags, segments and routes in order of key, and nothing else', () => {
    const guard = guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', margin: 2 });
    const image = imageOf([
      flagEdit(sampleFlag('b')),
      flagEdit(sampleFlag('a')),
      { kind: 'segment', key: 's', value: sampleSegment('s') },
      { kind: 'guard', key: 'g', value: guard },
    ]);
    expect(toSnapshot(image)).toEqual({
      environment: 'production',
      epoch: 'e',
      revision: 7,
      flags: [sampleFlag('a'), sampleFlag('b')],
      segments: [sampleSegment('s')],
      routes: [],
      events: {},
    });
  });

  describe('lists an event', () => {
    const events = { flag: 'f', bad: 'failed', total: 'tried' };
    const guard = (extra: object): Edit => ({
      kind: 'guard',
      key: 'g',
      value: guardSchema.parse({ key: 'g', source: 'events', events, margin: 2, ...extra }),
    });
    const rollout: Edit = {
      kind: 'rollout',
      key: 'r',
      value: rolloutSchema.parse({
        key: 'r',
        flag: { key: 'f', new: 'on', control: 'off' },
        steps: [{ weight: 100_000, hold: 0 }],
        guards: ['g'],
        salt: 's',
      }),
    };

    it.each<[string, Edit[], object]>([
      ['of a guard that a rollout names', [guard({}), rollout], { failed: ['f'], tried: ['f'] }],
      [
        'of a guard that stands alone',
        [guard({ target: { flag: 'f', new: 'on', control: 'off' } })],
        { failed: ['f'], tried: ['f'] },
      ],
      ['not of a guard that nothing uses', [guard({})], {}],
      ['not exposures', [guard({ events: { flag: 'f', bad: 'failed' } }), rollout], { failed: ['f'] }],
    ])('%s', (_, edits, expected) => {
      expect(toSnapshot(imageOf(edits)).events).toEqual(expected);
    });

    it('once for each flag that it is credited to', () => {
      const target = { flag: 'f', new: 'on', control: 'off' };
      const other = guardSchema.parse({
        key: 'h',
        source: 'events',
        events: { flag: 'a', bad: 'failed' },
        margin: 2,
        target,
      });
      const image = imageOf([guard({ target }), { kind: 'guard', key: 'h', value: other }]);
      expect(toSnapshot(image).events).toEqual({ failed: ['a', 'f'], tried: ['f'] });
    });
  });
});

describe('toDelta', () => {
  const before = imageOf([
    flagEdit(sampleFlag('a')),
    flagEdit(sampleFlag('b')),
    { kind: 'segment', key: 's', value: sampleSegment('s', { included: ['a', 'b'] }) },
  ]);
  const sorted = (snapshot: { flags: readonly Flag[] }) => ({
    ...snapshot,
    flags: [...snapshot.flags].sort((x, y) => (x.key < y.key ? -1 : 1)),
  });

  it.each<[string, Edit[]]>([
    ['a flag is written', [flagEdit(sampleFlag('a', { enabled: false }))]],
    ['a flag is added', [flagEdit(sampleFlag('aa'))]],
    [
      'documents go',
      [
        { kind: 'flag', key: 'b', value: null },
        { kind: 'segment', key: 's', value: null },
      ],
    ],
    [
      'keys come and go',
      [
        { kind: 'segment', key: 's', value: sampleSegment('s', { description: 'd', included: ['a', 'c'] }) },
        { kind: 'segment', key: 't', value: sampleSegment('t', { excluded: ['a'] }) },
      ],
    ],
    ['nothing that is shipped changes', [{ kind: 'settings', key: 'environment', value: null }]],
  ])('leads from one snapshot to the next when %s', (_, edits) => {
    const { change, after } = write(before, edits);
    expect(sorted(applyDelta(toSnapshot(before), toDelta(change, after)))).toEqual(toSnapshot(after));
  });

  it('holds a segment whole where the log is of the first layout and has its lists in the document', () => {
    const [before, after] = [sampleSegment('s'), sampleSegment('s', { included: ['ada'] })];
    const image = imageOf([{ kind: 'segment', key: 's', value: before }]);
    const next = { ...imageOf([{ kind: 'segment', key: 's', value: after }], 8) };
    const documents: DocumentChange[] = [{ kind: 'segment', key: 's', before, after }];
    const change: Change = { revision: 8, at: 0, actor: 'a', reason: '', documents, event: null };
    expect(applyDelta(toSnapshot(image), toDelta(change, next))).toEqual(toSnapshot(next));
  });

  it('is empty, but moves the revision on, for an event without edits', () => {
    const { change, after } = write(before, []);
    expect(toDelta(change, after)).toEqual({
      epoch: 'e',
      from: 7,
      revision: 8,
      flags: [],
      segments: [],
      segmentChanges: [],
      routes: [],
      deleted: [],
      events: {},
    });
  });
});
