import { describe, expect, it } from '@jest/globals';
import { imageOf } from '../../test/support/image.js';
import {
  type Draft,
  draft,
  fullImage,
  imageWith,
  plan,
  propose,
  refusals,
  refused,
} from '../../test/support/proposals.js';

const EMPTY = imageOf();
const FULL = fullImage();
const member = (value: string): object => ({ operator: 'inSegment', value });
const rule = (condition: object, serve: object = { variant: 'on' }): object => ({
  id: 'x',
  condition,
  serve,
});

describe('what is named', () => {
  it.each<[string, Draft, string]>([
    ['segment', draft.segment(), 'rollout "roll" (steps.0.audience)'],
    ['flag', draft.flag(), 'rollout "roll" (flag.key)'],
    ['route', draft.route(), 'rollout "roll" (routes.0.key)'],
    ['guard', draft.guard(), 'rollout "roll" (guards.0)'],
  ])('can’t be deleted: a %s', (_, one, who) => {
    const { errors, commit } = plan(FULL, [propose(one, 'delete')]);
    expect(errors).toMatchObject([{ code: 'REFERENCED', field: 'key' }]);
    expect(errors[0]?.message).toContain(who);
    expect(commit).toBeNull();
  });

  it('can be deleted together with all that names it', () => {
    const all = [draft.rollout(), draft.guard(), draft.flag(), draft.route(), draft.segment()];
    const { errors, commit } = plan(
      FULL,
      all.map((one) => propose(one, 'delete')),
    );
    expect(errors).toEqual([]);
    expect(commit?.edits.map(({ value }) => value)).toEqual([null, null, null, null, null]);
    expect(commit?.asOf).toBe(FULL.revision);
  });

  it('can’t lose a variant or version that somebody names', () => {
    const flag = draft.flag({ variants: { off: false }, defaultVariant: 'off' });
    expect(refused(FULL, flag, 'update')).toEqual(['DANGLING_REFERENCE at variants.on']);
    const route = draft.route({ versions: { v1: { version: 'v1' } } });
    expect(refused(FULL, route, 'update')).toEqual(['DANGLING_REFERENCE at versions.v2']);
  });

  it('can’t lead back to itself over others, and the way is told', () => {
    const image = imageWith(
      EMPTY,
      draft.flag({ key: 'a' }),
      draft.flag({ key: 'b', prerequisites: [{ flag: 'a', variants: ['on'] }] }),
    );
    const { errors } = plan(image, [
      propose(draft.flag({ key: 'a', prerequisites: [{ flag: 'b', variants: ['on'] }] }), 'update'),
    ]);
    expect(errors).toMatchObject([{ code: 'CYCLE', field: 'prerequisites.0.flag' }]);
    expect(errors[0]?.message).toContain('"a" → "b" → "a"');
  });
});

describe('keys and revisions', () => {
  it('says that a key is taken, missing, or in the change twice', () => {
    expect(refused(FULL, draft.flag())).toEqual(['DUPLICATE_KEY at key']);
    expect(refused(EMPTY, draft.flag(), 'update')).toEqual(['NOT_FOUND at key']);
    expect(refused(EMPTY, draft.flag(), 'delete')).toEqual(['NOT_FOUND at key']);
    const twice = [propose(draft.flag()), propose(draft.flag())];
    expect(refusals(plan(EMPTY, twice))).toEqual(['DUPLICATE_KEY at key']);
  });

  it('refuses another key in the document, and kinds of the registry', () => {
    const renamed = { ...propose(draft.flag()), key: 'other' };
    expect(refusals(plan(EMPTY, [renamed]))).toEqual(['INVALID_INPUT at key']);
    expect(refused(EMPTY, ['token', { key: 't' }])).toEqual(['INVALID_INPUT at kind']);
  });

  it('refuses what was decided on another revision, and names the present one', () => {
    const edit = propose(draft.flag({ description: 'new' }), 'update');
    const { errors } = plan(FULL, [edit], { expected: { 'flag/f': 1 } });
    expect(errors).toMatchObject([{ code: 'STALE_REVISION', field: 'expectedRevision' }]);
    expect(errors[0]?.message).toContain(`revision ${FULL.revision}`);
    expect(plan(FULL, [edit], { expected: { 'flag/f': FULL.revision } }).errors).toEqual([]);
  });

  it('puts the given prefix before each field', () => {
    const edit = { ...propose(draft.flag({ enabled: 1 })), field: 'changes.3.value' };
    expect(refusals(plan(EMPTY, [edit]))).toEqual(['INVALID_INPUT at changes.3.value.enabled']);
  });

  it('rests a commit on what it wrote and on all that this names', () => {
    const image = imageWith(FULL, draft.segment({ key: 'outer', rules: [member('s')] }));
    const rules = [rule(member('outer'), { version: 'v2' })];
    const { commit } = plan(image, [propose(draft.route({ rules }), 'update')]);
    expect(commit?.expected).toEqual({ 'route/r': 2 });
    expect(commit?.unchanged).toEqual({ 'segment/outer': 3, 'segment/s': 2, 'settings/environment': 2 });
    expect(commit?.asOf).toBeUndefined();
  });

  it('makes no edit of what stays as it is', () => {
    const { commit, errors } = plan(FULL, [propose(draft.flag(), 'update')]);
    expect({ errors, edits: commit?.edits }).toEqual({ errors: [], edits: [] });
  });

  it('accepts at most 10,000 flags', () => {
    const many = imageOf(
      ...Array.from({ length: 10_000 }, (_, n) => ({
        kind: 'flag' as const,
        key: `f${n}`,
        value: FULL.documents.value('flag', 'f') ?? null,
      })),
    );
    expect(refused(many, draft.flag())).toEqual(['TOO_LARGE at key']);
  });
});
