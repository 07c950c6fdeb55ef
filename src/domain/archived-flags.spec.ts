import { describe, expect, it } from '@jest/globals';
import { applyDelta, compile } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import { afterPlan, imageOf } from '../../test/support/image.js';
import { draft, imageWith, plan, propose, refused, type Draft } from '../../test/support/proposals.js';
import type { Image } from './image.js';
import { parseDocument } from './parse-document.js';
import { startRollout } from './rollout/start.js';
import { toDelta, toSnapshot } from './snapshot.js';

const flag = (key: string, fields: object = {}): Draft => draft.flag({ key, ...fields });
const archived = (key: string, fields: object = {}): Draft => flag(key, { archived: true, ...fields });
const behind = (key: string): object => ({ prerequisites: [{ flag: key, variants: ['on'] }] });
const standing: Draft = draft.guard({
  source: 'events',
  template: null,
  events: { flag: 'f', bad: 'failed' },
  target: { flag: 'f', new: 'on', control: 'off' },
});
const rollout: Draft = draft.rollout({ routes: [], steps: [{ weight: 100_000, hold: 60 }], guards: [] });

function write(image: Image, ...drafts: readonly Draft[]): Image {
  return imageWith(image, ...drafts);
}

function started(image: Image): Image {
  return afterPlan(image, startRollout(image, { rollout: 'roll' }, 1_000));
}

describe('a stored flag', () => {
  it('that says nothing of archives is not archived, and one that denies it is stored as before', () => {
    const [, value] = flag('f');
    const before = parseDocument('flag', value, '');
    expect(parseDocument('flag', { ...value, archived: false }, '')).toStrictEqual(before);
    expect(before).not.toHaveProperty('value.archived');
    expect(parseDocument('flag', { ...value, archived: true }, '')).toHaveProperty('value.archived', true);
  });
});

describe('archiving a flag', () => {
  const f = write(imageOf(), flag('f'), flag('g'));

  it.each<[string, Image, string[]]>([
    ['nothing needs it', f, []],
    ['it is the prerequisite of a flag', write(f, flag('g', behind('f'))), ['REFERENCED at archived']],
    [
      'only an archived flag has it as prerequisite',
      write(write(f, flag('g', behind('f'))), archived('g', behind('f'))),
      [],
    ],
    ['a guard stands on it', write(f, standing), ['REFERENCED at archived']],
    ['a rollout that is not begun names it', write(f, rollout), []],
    ['a rollout moves it', started(write(f, rollout)), ['OWNED_BY_ROLLOUT at archived']],
  ])('when %s answers as it should', (_, image, codes) => {
    const { documents } = image;
    const proposal = propose(
      ['flag', { ...documents.value('flag', 'f'), key: 'f', archived: true }],
      'update',
    );
    expect(plan(image, [proposal]).errors.map(({ code, field }) => `${code} at ${field}`)).toEqual(codes);
  });

  it('rests on nobody beginning to need it meanwhile', () => {
    const { commit } = plan(f, [propose(archived('f'), 'update')]);
    expect(commit?.asOf).toBe(f.revision);
  });

  it('goes through in the same change as what stops needing it', () => {
    const image = write(f, flag('g', behind('f')));
    expect(plan(image, [propose(archived('f'), 'update'), propose(flag('g'), 'update')]).errors).toEqual([]);
    expect(
      plan(image, [propose(archived('f'), 'update'), propose(archived('g', behind('f')), 'update')]).errors,
    ).toEqual([]);
  });
});

describe('an archived flag', () => {
  const image = write(
    write(imageOf(), flag('f', { enabled: true }), flag('g')),
    archived('f', { enabled: true }),
  );

  it.each<[string, Draft, 'create' | 'update' | 'delete', string[]]>([
    ['is not edited', archived('f', { enabled: true, owner: 'x' }), 'update', ['FLAG_ARCHIVED at archived']],
    ['can be turned off', archived('f'), 'update', []],
    ['can be restored', flag('f', { enabled: true }), 'update', []],
    ['can be deleted', flag('f'), 'delete', []],
    ['keeps its key', flag('f'), 'create', ['DUPLICATE_KEY at key']],
    ['is nobody’s prerequisite', flag('g', behind('f')), 'update', ['FLAG_ARCHIVED at prerequisites.0.flag']],
    ['gets no guard', standing, 'create', ['FLAG_ARCHIVED at events.flag', 'FLAG_ARCHIVED at target.flag']],
    ['gets no rollout', rollout, 'create', ['FLAG_ARCHIVED at flag.key']],
  ])('%s', (_, one, mode, codes) => {
    expect(refused(image, one, mode)).toEqual(codes);
  });

  it('can’t be enabled while it is archived', () => {
    const off = write(image, archived('f'));
    expect(refused(off, archived('f', { enabled: true }), 'update')).toEqual(['FLAG_ARCHIVED at archived']);
  });

  it('is not moved by a rollout that was there before', () => {
    const drafted = write(write(imageOf(), flag('f'), rollout), archived('f'));
    expect(startRollout(drafted, { rollout: 'roll' }, 1_000).errors).toMatchObject([
      { code: 'FLAG_ARCHIVED' },
    ]);
  });

  it('is restored only together with the prerequisites that were archived as well', () => {
    const both = write(
      write(imageOf(), flag('f'), flag('g', behind('f'))),
      archived('f'),
      archived('g', behind('f')),
    );
    expect(refused(both, flag('g', behind('f')), 'update')).toEqual([
      'FLAG_ARCHIVED at prerequisites.0.flag',
    ]);
    expect(
      plan(both, [propose(flag('f'), 'update'), propose(flag('g', behind('f')), 'update')]).errors,
    ).toEqual([]);
  });

  it('is not there for an SDK, which answers the caller’s default, and is there again once restored', () => {
    const evaluate = (of: Image) => compile(toSnapshot(of)).evaluate('f', {});
    expect(evaluate(image)).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
    expect(evaluate(write(image, flag('f', { enabled: true })))).toMatchObject({ value: false });
  });
});

describe('toDelta', () => {
  it('leads from one snapshot to the next whatever is archived, restored, made and deleted', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const state = fc.constantFrom('live', 'archived', 'gone');
    const change = fc.uniqueArray(fc.tuple(key, state), { maxLength: 3, selector: ([name]) => name });
    let shipped = 0;
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        let image = imageOf();
        let snapshot = toSnapshot(image);
        for (const documents of changes) {
          const revision = image.revision + 1;
          const edits = documents.flatMap(([name, to]) => {
            const read = parseDocument('flag', flag(name, { archived: to === 'archived' })[1], '');
            const value = to === 'gone' || 'errors' in read ? null : read.value;
            return [{ kind: 'flag' as const, key: name, value }];
          });
          const told = edits.map(({ value, ...rest }) => ({
            ...rest,
            before: image.documents.value('flag', rest.key) ?? null,
            after: value,
          }));
          image = { ...image, revision, documents: image.documents.with(edits, revision) };
          const logged = { revision, at: 0, actor: 'a', reason: '', documents: told, event: null };
          snapshot = applyDelta(snapshot, toDelta(logged, image));
          const flags = snapshot.flags.toSorted((x, y) => (x.key < y.key ? -1 : 1));
          expect({ ...snapshot, flags }).toEqual(toSnapshot(image));
          expect(flags.some((one) => 'archived' in one)).toBe(false);
          shipped += flags.length;
        }
      }),
    );
    expect(shipped).toBeGreaterThan(50);
  });
});
