import { describe, expect, it } from '@jest/globals';
import { assess, type Assignment } from './assignment.js';
import { DRAFT } from './position.js';

const ARMS = { key: 'checkout', new: 'on', control: 'off' };
const NOW = 1_000_000;

function assessed(
  assigned: { readonly [name: string]: number },
  before: Assignment | null = null,
  run = 1,
): Assignment {
  const position = { ...DRAFT, run };
  return assess(before, { arms: ARMS, position, assigned: new Map(Object.entries(assigned)), now: NOW });
}

describe('the assignment of users to arms', () => {
  it.each([
    ['nobody was seen', {}, 0],
    ['5 % of a thousand, where 5 % should be', { '5000|on': 60, '95000|off': 940 }, -0.3865529517],
    ['9 % of a thousand, where 5 % should be', { '5000|on': 90, '95000|off': 910 }, 11.22865246],
    ['41 %, where half should be', { '50000|on': 410, '50000|off': 590 }, 13.60607094],
  ])('weighs the evidence: %s', (_, assigned, logE) => {
    expect(assessed(assigned).logE).toBeCloseTo(logE, 6);
  });

  it('adds up the evidence of each weight that a step had, with the users first seen under it', () => {
    const [one, two] = [
      { '5000|on': 90, '95000|off': 910 },
      { '50000|on': 410, '50000|off': 590 },
    ];
    const both = assessed({ ...one, ...two });
    expect(both.logE).toBeCloseTo(assessed(one).logE + assessed(two).logE, 9);
    expect(both.epochs).toEqual([
      { weight: 5_000, new: 90, control: 910 },
      { weight: 50_000, new: 410, control: 590 },
    ]);
  });

  it('is untrusted from 1,000:1 on, and says why in figures', () => {
    expect(assessed({ '5000|on': 75, '95000|off': 925 })).toMatchObject({ untrustedAt: null, words: '' });
    expect(assessed({ '5000|on': 90, '95000|off': 910 })).toMatchObject({
      untrustedAt: NOW,
      words: '90 of 1000 users were in the new arm (9.0 %), and 5 % should be',
    });
  });

  it('stays untrusted for the run, and begins anew with the next', () => {
    const before = assessed({ '5000|on': 90, '95000|off': 910 });
    const more = { '5000|on': 500, '95000|off': 9_500 };
    expect(assessed(more, { ...before, untrustedAt: 5 })).toMatchObject({
      untrustedAt: 5,
      words: before.words,
    });
    expect(assessed(more, before, 2)).toMatchObject({ untrustedAt: null, words: '', run: 2 });
  });

  it('takes a user of an arm that nobody should be in for proof', () => {
    expect(assessed({ '100000|on': 1_000, '0|off': 1 })).toMatchObject({ logE: 700, untrustedAt: NOW });
  });

  it('leaves variants alone that are no arm of the rollout', () => {
    expect(assessed({ '5000|beta': 1_000 }).epochs).toEqual([]);
  });
});
