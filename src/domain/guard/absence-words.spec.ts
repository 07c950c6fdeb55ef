import { describe, expect, it } from '@jest/globals';
import { judgeWindows, parsedGuard, STEP, windowAt } from '../../../test/support/judging.js';
import type { GuardInput } from '../guard.js';
import type { Absence } from './absence.js';
import { absenceTrouble, absenceWarnings } from './absence-words.js';
import { NO_SUMS } from './guard-sums.js';

const ARM = { label: 'version', new: 'v2', control: 'v1' };
const QUERY = { bad: 'failed', total: 'requests', arm: ARM };
const GUARD: Partial<GuardInput> = { template: null, query: QUERY, margin: 2 };
const arms = { label: 'version', missing: ['v2', 'v1'] };
const NO_TOTAL: Absence = { selector: 'total', text: 'requests', ...arms, values: null };
const NO_BAD: Absence = { selector: 'bad', text: 'failed', ...arms, values: null };
const fine = (i: number) => windowAt(i, { bad: 0, total: 100 }, { bad: 0, total: 100 });

describe('a selector without series', () => {
  it.each<[string, Absence, RegExp]>([
    ['no series at all', NO_TOTAL, /^no series matches query\.total, requests: look for a typo/],
    [
      'series without the label',
      { ...NO_TOTAL, values: [] },
      /^no series of query\.total, requests, has the label "version".*look at query\.arm\.label$/,
    ],
    [
      'series of other arms',
      { ...NO_TOTAL, missing: ['v2'], values: ['v1', 'v3'] },
      /^no series of query\.total, requests, has version="v2" \(there are "v1", "v3"\): look at the values of the arms/,
    ],
  ])('is why a guard without data has none, in words that name the mend: %s', (_, absence, words) => {
    const reading = { absent: [NO_BAD, absence] };
    const { record } = judgeWindows([], { guard: GUARD, reading });
    expect(record).toMatchObject({ state: 'warming', troubleCode: 'NO_SERIES' });
    expect(record.trouble).toMatch(words);
    const kept = judgeWindows([], { guard: GUARD, record });
    expect(kept.record).toBe(record);
    const same = judgeWindows([], { guard: GUARD, record, reading: structuredClone(reading) });
    expect(same.record).toBe(record);
    const found = judgeWindows([], { guard: GUARD, record, reading: { absent: [] } });
    expect(found.record.troubleCode).toBe('WARMING');
  });

  it('is named by a guard that has become blind, and not by one that has data', () => {
    const reading = { absent: [NO_TOTAL] };
    const { record } = judgeWindows([fine(0)], { guard: GUARD, reading });
    expect(record).toMatchObject({ state: 'ok', trouble: '' });
    const late = judgeWindows([windowAt(9, null, null)], { guard: GUARD, record });
    expect(late.record).toMatchObject({ state: 'blind', troubleCode: 'NO_SERIES' });
  });

  it.each<[string, Absence, string]>([
    ['no series at all', NO_TOTAL, 'no series matches query.total, requests any more'],
    [
      'none of an arm',
      { ...NO_TOTAL, missing: ['v2'], values: ['v1'] },
      'no series of query.total, requests, has version="v2" (there are "v1") any more',
    ],
  ])('is no typo where there was data in this run, but says of when the last is: %s', (_, absence, lack) => {
    const { record } = judgeWindows([fine(0)], { guard: GUARD });
    const { record: late } = judgeWindows([windowAt(9, null, null)], {
      guard: GUARD,
      record,
      reading: { absent: [absence] },
    });
    const last = new Date(record.dataAt ?? NaN).toISOString();
    expect(late).toMatchObject({
      state: 'blind',
      troubleCode: 'NO_SERIES',
      trouble: `${lack}, the last data is of ${last}: look whether that is still scraped or pushed`,
    });
  });

  it('of bad events is a warning beside an ok guard, until something bad was counted', () => {
    const guard = parsedGuard(GUARD);
    const { record } = judgeWindows([fine(0)], { guard: GUARD, reading: { absent: [NO_BAD] } });
    expect(record).toMatchObject({ state: 'ok', trouble: '' });
    expect(absenceWarnings(guard, record)).toEqual([
      {
        code: 'NO_SERIES',
        field: 'query.bad',
        message: expect.stringMatching(/no series matches query\.bad, failed.*well where nothing ever fails/),
      },
    ]);
    const bad = windowAt(1, { bad: 0, total: 100 }, { bad: 1, total: 100 });
    const after = judgeWindows([bad], { guard: GUARD, record });
    expect(after.record.watermark).toBe(2 * STEP);
    expect(absenceWarnings(guard, after.record)).toEqual([]);
  });

  it('is nothing that a guard says before anybody has looked', () => {
    const guard = parsedGuard(GUARD);
    expect(absenceTrouble(guard, { dataAt: null })).toBeNull();
    expect(absenceWarnings(guard, { sums: NO_SUMS })).toEqual([]);
  });

  it('is named by its template, where no query names it', () => {
    const trouble = absenceTrouble(parsedGuard({ margin: 2 }), { dataAt: null, absent: [NO_TOTAL] });
    expect(trouble?.words).toMatch(/^no series matches template, requests/);
  });

  it('is told of events that nobody has tracked, once anybody was exposed', () => {
    const events = { flag: 'checkout', bad: 'faild' };
    const guard = parsedGuard({ source: 'events', query: null, template: null, events, margin: 2 });
    const told = (newTotal: number, newBad: number) =>
      absenceWarnings(guard, { sums: { ...NO_SUMS, newTotal, newBad } }).map(({ field }) => field);
    expect([told(0, 0), told(10, 0), told(10, 1)]).toEqual([[], ['events.bad'], []]);
  });
});
