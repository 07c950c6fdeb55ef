import { describe, expect, it } from '@jest/globals';
import { Documents } from './documents.js';
import type { Image } from './image.js';
import { planChange, type ProposedEdit } from './plan-change.js';

const EMPTY: Image = {
  scope: 'production',
  epoch: 'e',
  revision: 7,
  documents: new Documents([]),
  states: new Map(),
};
const OPTIONS = { now: 0, actor: 'token:me' };

function create(kind: ProposedEdit['kind'], value: { readonly key: string }): ProposedEdit {
  return { kind, key: value.key, value, mode: 'create', field: '' };
}

const flag = { key: 'f', type: 'boolean', variants: { on: true, off: false }, defaultVariant: 'off' };

describe('planChange', () => {
  it('creates a flag with its defaults, expecting that there is none', () => {
    const { commit, errors } = planChange(EMPTY, [create('flag', flag)], OPTIONS);
    expect(errors).toEqual([]);
    expect(commit?.expected).toEqual({ 'flag/f': 0 });
    expect(commit?.edits[0]?.value).toMatchObject({ key: 'f', enabled: false, rules: [], offVariant: null });
  });
});
