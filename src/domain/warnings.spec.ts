import { describe, expect, it } from '@jest/globals';
import { type Draft, draft, fullImage, imageWith, plan, propose } from '../../test/support/proposals.js';
import type { Image } from './image.js';

const FULL = fullImage();

describe('warnings', () => {
  const codes = (image: Image, one: Draft): string[] =>
    plan(image, [propose(one, image.documents.get(...([one[0], one[1].key] as const)) ? 'update' : 'create')])
      .warnings.map(({ code, field }) => `${code} at ${field}`)
      .sort();
  const holdback = { steps: [{ weight: 100_000, hold: 1 }], holdback: 1_000 };

  it('has none for a rollout that is watched all the way', () => {
    const flag = imageWith(FULL, draft.flag({ offVariant: 'off' }));
    expect(codes(flag, draft.rollout({ key: 'new', ...holdback }))).toEqual([]);
  });

  it('names the steps in which relative guards have nothing to compare with, and arms that hold other users', () => {
    expect(codes(FULL, draft.rollout({ key: 'new' }))).toEqual([
      'ARMS_NOT_COMPARABLE at guards.0',
      'UNGUARDED_STEP at steps.0',
      'UNGUARDED_STEP at steps.1',
    ]);
  });

  it('says when off is not the control', () => {
    const image = imageWith(FULL, draft.guard({ action: 'disable' }));
    expect(codes(image, draft.rollout({ key: 'new', ...holdback }))).toEqual([
      'DISABLE_HITS_CONTROL at guards.0',
    ]);
  });

  it('says when a flag can part from its route', () => {
    expect(codes(FULL, draft.flag({ targets: [{ variant: 'on', keys: ['u'] }] }))).toEqual([
      'ARMS_MAY_DIFFER at rules',
    ]);
  });
});
