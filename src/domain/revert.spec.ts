import { describe, expect, it } from '@jest/globals';
import { after, flagOf, guardOf, imageOf, rolloutOf, segmentOf } from '../../test/support/image.js';
import type { Change, ChangeEvent } from './change.js';
import type { Edit } from './documents.js';
import type { Image } from './image.js';
import { documentChanges } from './net-changes.js';
import type { Plan } from './plan.js';
import { absentNow, planRevert } from './revert.js';
import { startRollout } from './rollout/start.js';

interface Played {
  readonly image: Image;
  readonly change: Change;
}

/** Writes edits as one change. */
function write(image: Image, edits: readonly Edit[], event: ChangeEvent | null = null): Played {
  const revision = image.revision + 1;
  const documents = documentChanges(image.documents, edits);
  const change = { revision, at: 0, actor: 'token:me', reason: '', documents, event };
  return { change, image: { ...image, revision, documents: image.documents.with(edits, revision) } };
}

function undo(image: Image, change: Change, latest = change.revision): Plan {
  const found = new Map(absentNow(image, change).map((name) => [name, latest]));
  return planRevert(image, change, { now: 1_000, actor: 'token:me', latest: found });
}

const gone = (key: string): Edit => ({ kind: 'flag', key, value: null });
const told = ({ errors }: Plan): string[] => errors.map(({ code, field }) => `${code} at ${field}`);
const base = imageOf(flagOf({ key: 'f' }), flagOf({ key: 'g' }), segmentOf({ key: 's' }));
const event = (kind: ChangeEvent['kind']): ChangeEvent => ({ kind, subject: 'flag/f', evidence: {} });

describe('planRevert', () => {
  it.each<[string, Edit[]]>([
    ['an edit', [flagOf({ key: 'f', owner: 'x' })]],
    ['a creation', [flagOf({ key: 'new' })]],
    ['a deletion', [gone('f')]],
    ['all of these at once', [flagOf({ key: 'f', owner: 'x' }), flagOf({ key: 'new' }), gone('g')]],
  ])('undoes %s and nothing else, and says which change it was', (_, edits) => {
    const { image, change } = write(base, edits);
    const elsewhere = write(image, [segmentOf({ key: 's', description: 'later' })]).image;
    const { commit, errors } = undo(elsewhere, change);
    expect(errors).toEqual([]);
    expect(commit?.event).toMatchObject({ kind: 'revert', evidence: { reverts: change.revision } });
    const undone = after(elsewhere, commit as NonNullable<typeof commit>);
    expect(undone.documents.list('flag').map(({ value }) => value)).toEqual(
      base.documents.list('flag').map(({ value }) => value),
    );
    expect(undone.documents.value('segment', 's')?.description).toBe('later');
  });

  it('names the later change and the document where one was written since', () => {
    const { image, change } = write(base, [
      flagOf({ key: 'f', owner: 'x' }),
      flagOf({ key: 'g', owner: 'x' }),
    ]);
    const later = write(image, [flagOf({ key: 'g', owner: 'y' })]).image;
    expect(told(undo(later, change))).toEqual(['CONFLICT at revision']);
    expect(undo(later, change).errors[0]?.message).toMatch(/^The flag "g" was written again by change 3/);
  });

  it('is refused the second time, also where the first has deleted the document', () => {
    for (const edit of [flagOf({ key: 'f', owner: 'x' }), flagOf({ key: 'new' })]) {
      const { image, change } = write(base, [edit]);
      const undone = after(image, undo(image, change).commit as NonNullable<Plan['commit']>);
      const [error] = undo(undone, change, undone.revision).errors;
      expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('change 3') });
    }
  });

  it('is refused for a deletion after which the key was used again', () => {
    const { image, change } = write(base, [gone('f')]);
    expect(told(undo(write(image, [flagOf({ key: 'f' })]).image, change))).toEqual(['CONFLICT at revision']);
  });

  it.each<[string, Edit[], ChangeEvent | null]>([
    ['wrote no document', [], event('reset')],
    ['was the start of a rollout', [flagOf({ key: 'f', owner: 'x' })], event('start')],
    ['was a trip', [flagOf({ key: 'f', enabled: false })], event('trip')],
    ['ended a rollout', [flagOf({ key: 'f', enabled: false })], event('abort')],
  ])('is refused for a change that %s', (_, edits, of) => {
    const { image, change } = write(base, edits, of);
    expect(told(undo(image, change))).toEqual(['NOT_REVERTIBLE at revision']);
  });

  it('undoes the undoing of a change', () => {
    const { image, change } = write(base, [flagOf({ key: 'f', owner: 'x' })], event('revert'));
    expect(undo(image, change).errors).toEqual([]);
  });

  it('obeys the rules of any edit: what is named by others stays', () => {
    const { image, change } = write(base, [segmentOf({ key: 'new' })]);
    const named = flagOf({
      key: 'f',
      rules: [{ id: 'r', condition: { operator: 'inSegment', value: 'new' }, serve: { variant: 'on' } }],
    });
    expect(told(undo(write(image, [named]).image, change))).toEqual(['REFERENCED at revision.key']);
  });

  describe('while a rollout moves the flag', () => {
    const rollout = rolloutOf({
      key: 'roll',
      flag: { key: 'f', new: 'on', control: 'off' },
      steps: [{ weight: 100_000, hold: 60 }],
      salt: 'roll',
    });
    const start = (image: Image): Image => {
      const { commit } = startRollout(image, { rollout: 'roll' }, 1_000);
      return after(image, commit as NonNullable<Plan['commit']>);
    };

    it('is a conflict with its start where the change is older, so that its rules stay', () => {
      const { image, change } = write(imageOf(flagOf({ key: 'f' }), rollout), [
        flagOf({ key: 'f', owner: 'x' }),
      ]);
      expect(told(undo(start(image), change))).toEqual(['CONFLICT at revision']);
    });

    it('keeps its rules where the change is younger, and is refused for a definition', () => {
      const started = start(imageOf(flagOf({ key: 'f', enabled: false }), rollout));
      const flag = started.documents.value('flag', 'f');
      const { image, change } = write(started, [{ kind: 'flag', key: 'f', value: { ...flag!, owner: 'x' } }]);
      const { commit, errors } = undo(image, change);
      expect(errors).toEqual([]);
      expect(commit?.edits).toMatchObject([{ value: { owner: '', rules: [{ id: 'rollout:roll:split' }] } }]);
      const value = { ...rollout.value, steps: [{ weight: 100_000, hold: 90 }] };
      const longer: Edit = { kind: 'rollout', key: 'roll', value };
      const held = write(started, [longer]);
      expect(told(undo(held.image, held.change))).toEqual(['ROLLOUT_RUNNING at revision.steps']);
    });

    it('is never in the way of a kill, which ends the rollout, and the log says both', () => {
      const off = imageOf(flagOf({ key: 'f', enabled: false }), rollout);
      const { image, change } = write(off, [flagOf({ key: 'f' })]);
      // The rollout began without writing the flag, so that nothing but the kill is undone.
      const running = {
        run: 1,
        step: 0,
        state: 'running',
        held: 0,
        heldAt: null,
        stepStartedAt: 0,
        startedAt: 0,
        waiting: '',
      };
      const states = new Map([['rollout/roll', { key: 'rollout/roll', revision: 1, value: running }]]);
      const { commit, errors } = undo({ ...image, states }, change);
      expect(errors).toEqual([]);
      expect(commit?.event).toMatchObject({ kind: 'abort', evidence: { reverts: change.revision } });
    });
  });

  it('does not enable what a latched guard has turned off', () => {
    const guard = guardOf({
      key: 'g',
      source: 'events',
      events: { flag: 'f', bad: 'failed' },
      margin: 2,
      target: { flag: 'f', new: 'on', control: 'off' },
    });
    const { image, change } = write(imageOf(flagOf({ key: 'f' }), guard), [
      flagOf({ key: 'f', enabled: false }),
    ]);
    const key = 'guard/g/flag/f';
    const states = new Map([[key, { key, revision: 1, value: { trip: { at: 1, evidence: {} } } }]]);
    expect(told(undo({ ...image, states }, change))).toEqual(['GUARD_TRIPPED at revision.enabled']);
  });
});
