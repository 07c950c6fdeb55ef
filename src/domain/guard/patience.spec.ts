import { describe, expect, it } from '@jest/globals';
import { guardSchema } from '../guard.js';
import type { GuardRecord, GuardState } from './guard-record.js';
import { isPatienceOver, withPatience } from './patience.js';
import { freshRecord } from './record.js';

const guard = guardSchema.parse({
  key: 'g',
  source: 'prometheus',
  template: 'envoy',
  margin: 1.2,
  patience: 60,
});
const in_ = (state: GuardState, more: Partial<GuardRecord> = {}): GuardRecord => ({
  ...freshRecord(1, 0),
  state,
  ...more,
});
const trip = { at: 1, evidence: {} };
/** Without data, for want of series of the total: of all arms that lack them, and values that there are. */
const without = (missing: string[], values: string[] | null, selector: 'total' | 'bad' = 'total') =>
  in_('warming', {
    troubleCode: selector === 'bad' ? 'WARMING' : 'NO_SERIES',
    absent: [{ selector, text: 'requests', label: 'version', missing, values }],
  });
const begun = { since: 9_000, told: false, at: 9_000 };
const spell = { since: 5_000, told: false, at: 8_000 };
const at = (now: number, exposed = true) => ({ now, exposed });

describe('patience', () => {
  it.each<[string, GuardRecord, boolean, GuardRecord['unseen']]>([
    [
      'begins with the first look that is blind',
      in_('blind'),
      true,
      { since: 9_000, told: false, at: 9_000 },
    ],
    ['and with one that is untrusted', in_('untrusted'), true, { since: 9_000, told: false, at: 9_000 }],
    ['goes on while it is', in_('blind', { unseen: spell }), true, spell],
    ['goes on from blind to untrusted', in_('untrusted', { unseen: spell }), true, spell],
    ['ends when it sees', in_('ok', { unseen: spell }), true, null],
    ['ends when there is nothing to compare', in_('no-control', { unseen: spell }), true, null],
    ['ends when nobody meets the new arm', in_('blind', { unseen: spell }), false, null],
    ['does not begin without anybody there', in_('blind'), false, null],
    ['does not begin while it is warming', in_('warming'), true, null],
    ['begins where no series matches what is counted', without(['v2', 'v1'], null), true, begun],
    ['and where none has the label of the arms', without(['v2'], []), true, begun],
    ['and where none is of either arm', without(['v2', 'v1'], ['v3']), true, begun],
    ['does not begin while only the new arm has none yet', without(['v2'], ['v1']), true, null],
    ['nor for want of bad events', without(['v2', 'v1'], null, 'bad'), true, null],
    ['nor without anybody there', without(['v2', 'v1'], null), false, null],
    ['is nothing to a guard that has tripped', in_('blind', { trip }), true, null],
  ])('%s', (_, judged, exposed, expected) => {
    expect(withPatience(judged, at(9_000, exposed)).unseen).toEqual(expected);
  });

  it('changes no record where nothing changes, also one of before there was patience', () => {
    const { unseen: _, ...older } = in_('ok');
    for (const record of [in_('ok'), older, in_('blind', { unseen: spell })])
      expect(withPatience(record, at(9_000))).toBe(record);
  });

  it.each<[string, GuardRecord['unseen'], number, GuardRecord['unseen']]>([
    ['goes on, and is written down now and then', spell, 13_000, { ...spell, at: 13_000 }],
    ['goes on under a leader that took over soon', spell, 23_000, { ...spell, at: 23_000 }],
    ['begins anew where nobody looked for longer', spell, 23_001, { since: 23_001, told: false, at: 23_001 }],
    ['begins anew where the clock was set back', spell, 7_000, { since: 7_000, told: false, at: 7_000 }],
    ['stays told', { since: 5_000, told: true }, 99_000, { since: 5_000, told: true }],
    ['goes on where no look was kept', { since: 5_000, told: false }, 9_000, { ...spell, at: 9_000 }],
  ])('%s', (_, unseen, now, expected) => {
    expect(withPatience(in_('blind', { unseen }), at(now)).unseen).toEqual(expected);
  });

  it.each<[string, GuardRecord['unseen'], number, boolean]>([
    ['not before its time', spell, 64_999, false],
    ['at its time', spell, 65_000, true],
    ['not twice in one spell', { ...spell, told: true }, 99_000, false],
    ['not while it sees', null, 99_000, false],
  ])('is over %s', (_, unseen, now, expected) => {
    expect(isPatienceOver(guard, in_('blind', { unseen }), now)).toBe(expected);
  });

  it('is a minute at least of a guard without series, which are looked for only every half minute', () => {
    const hasty = { ...guard, patience: 20 };
    const missing = { ...without(['v2', 'v1'], null), unseen: spell };
    expect(isPatienceOver(hasty, in_('blind', { unseen: spell }), 25_000)).toBe(true);
    expect(isPatienceOver(hasty, missing, 64_999)).toBe(false);
    expect(isPatienceOver(hasty, missing, 65_000)).toBe(true);
  });
});
