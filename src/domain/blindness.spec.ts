import { describe, expect, it } from '@jest/globals';
import { after, afterPlan, flagOf, guardOf, imageOf, rolloutOf } from '../../test/support/image.js';
import { actOnBlindness } from './blindness.js';
import { BLIND_ACTIONS, type BlindAction } from './guard.js';
import type { GuardRecord } from './guard/guard-record.js';
import { freshRecord } from './guard/record.js';
import type { Image } from './image.js';
import { keptRecord } from './rollout/latches.js';
import { positionOf } from './rollout/position.js';
import { promoteRollout } from './rollout/promote.js';
import { startRollout } from './rollout/start.js';

const NOW = 5_000;
const LATER = 400_000;
const EVENTS = { source: 'events', events: { flag: 'checkout', bad: 'error' } } as const;
const BLIND: GuardRecord = {
  ...freshRecord(1, NOW),
  state: 'blind',
  trouble: 'no answer',
  unseen: { since: LATER - 300_000, told: false },
};

/** In the second of two steps. */
function running(whenBlind: BlindAction): Image {
  const image = imageOf(
    flagOf({ key: 'checkout' }),
    guardOf({ key: 'errors', ...EVENTS, margin: 1.2, whenBlind }),
    rolloutOf({
      key: 'go',
      flag: { key: 'checkout', new: 'on', control: 'off' },
      steps: [50_000, 100_000].map((weight) => ({ weight, hold: 60 })),
      guards: ['errors'],
      salt: 'go',
    }),
  );
  const first = afterPlan(image, startRollout(image, { rollout: 'go' }, NOW));
  return afterPlan(first, promoteRollout(first, { rollout: 'go' }, NOW));
}

const blindness = (image: Image, subject = 'rollout/go') => {
  const { revision } = keptRecord(image, 'errors', subject);
  return { guard: 'errors', subject, record: BLIND, revision };
};

describe('a guard that was blind for too long', () => {
  it.each<[BlindAction, { state: string; step: number; enabled: boolean; action: string }]>([
    ['hold', { state: 'running', step: 1, enabled: true, action: 'tell' }],
    ['pause', { state: 'paused', step: 1, enabled: true, action: 'pause' }],
    ['stepBack', { state: 'paused', step: 0, enabled: true, action: 'stepBack' }],
    ['restore', { state: 'aborted', step: 1, enabled: true, action: 'restore' }],
    ['disable', { state: 'aborted', step: 1, enabled: false, action: 'disable' }],
  ])('with %s tells, and latches nothing', (whenBlind, { enabled, action, ...position }) => {
    const before = running(whenBlind);
    const commit = actOnBlindness(before, blindness(before), LATER);
    if (commit === null) throw new Error('nothing is done');
    const image = after(before, commit);
    expect(positionOf(image, 'go').position).toMatchObject(position);
    expect(image.documents.value('flag', 'checkout')?.enabled).toBe(enabled);
    expect(keptRecord(image, 'errors', 'rollout/go').record).toEqual({
      ...BLIND,
      unseen: { since: LATER - 300_000, told: true },
    });
    expect(commit.event).toMatchObject({
      kind: 'blind',
      subject: 'guard/errors',
      evidence: { of: 'rollout/go', action, state: 'blind', words: 'blind for 300 s: no answer' },
    });
  });

  it.each(BLIND_ACTIONS)('with %s blames nobody', (whenBlind) => {
    const image = running(whenBlind);
    expect(actOnBlindness(image, blindness(image), LATER)?.event?.evidence).toMatchObject({ blame: null });
  });

  it('closes what it watches alone only where that was asked for', () => {
    const target = { flag: 'checkout', new: 'on', control: 'off' };
    for (const [whenBlind, edits] of [
      ['hold', 0],
      ['disable', 1],
    ] as const) {
      const image = imageOf(
        flagOf({ key: 'checkout' }),
        guardOf({ key: 'errors', ...EVENTS, threshold: 0.1, whenBlind, target }),
      );
      const commit = actOnBlindness(image, blindness(image, 'flag/checkout'), LATER);
      expect(commit?.edits).toHaveLength(edits);
      expect(commit?.event?.kind).toBe('blind');
    }
  });

  it('does nothing for a run that has ended, for a guard that is gone, and for one that sees', () => {
    const image = running('pause');
    const ended = { ...blindness(image), record: { ...BLIND, run: 7 } };
    expect(actOnBlindness(image, ended, LATER)).toBeNull();
    expect(actOnBlindness(image, { ...blindness(image), guard: 'gone' }, LATER)).toBeNull();
    const sees = { ...blindness(image), record: { ...BLIND, unseen: null } };
    expect(actOnBlindness(image, sees, LATER)).toBeNull();
  });
});
