import { describe, expect, it } from '@jest/globals';
import { after, afterPlan, flagOf, imageOf, rolloutOf } from '../../test/support/image.js';
import type { Image } from '../domain/image.js';
import { positionOf } from '../domain/rollout/position.js';
import { positionToken } from '../domain/rollout.js';
import { type Act, deciderOf } from './acts.js';

const NOW = 1_000_000;
const GO = rolloutOf({
  key: 'go',
  flag: { key: 'checkout', new: 'on', control: 'off' },
  steps: [
    { weight: 5_000, hold: 60 },
    { weight: 50_000, hold: 60 },
    { weight: 100_000, hold: 60 },
  ],
  salt: 'go',
});
const DRAFT = imageOf(flagOf({ key: 'checkout', enabled: false }), GO);

function by(image: Image, ...acts: Act[]): Image {
  return acts.reduce(
    (standing, act) => afterPlan(standing, deciderOf(act, { key: 'go' })(standing, NOW)),
    image,
  );
}

const at = (image: Image): string => positionToken(positionOf(image, 'go').position);

describe('an act that names no position', () => {
  it.each<[Act, Image, Act[]]>([
    ['promote', by(DRAFT, 'start'), ['promote']],
    ['start', by(DRAFT, 'start', 'abort'), ['start', 'abort']],
    ['pause', by(DRAFT, 'start'), ['promote']],
    ['resume', by(DRAFT, 'start', 'pause'), ['promote']],
  ])('%s, decided again, is refused when the rollout has moved in between', (act, first, between) => {
    const decide = deciderOf(act, { key: 'go' });
    expect(decide(first, NOW).errors).toEqual([]);
    expect(decide(by(first, ...between), NOW).errors).toMatchObject([
      { field: 'expectedPosition', code: 'STALE_REVISION' },
    ]);
  });

  it('goes through, decided again, when something else was written in between', () => {
    const started = by(DRAFT, 'start');
    const decide = deciderOf('promote', { key: 'go' });
    decide(started, NOW);
    const edit = flagOf({ key: 'other' });
    const later = after(started, { edits: [edit], expected: { 'flag/other': 0 } });
    expect(at(afterPlan(later, decide(later, NOW)))).toBe('1.1.running');
  });

  it('aborts wherever the rollout stands by then', () => {
    const started = by(DRAFT, 'start');
    const decide = deciderOf('abort', { key: 'go' });
    decide(started, NOW);
    const promoted = by(started, 'promote');
    expect(at(afterPlan(promoted, decide(promoted, NOW)))).toBe('1.1.aborted');
  });
});

describe('an act that names a position', () => {
  it.each<Act>(['promote', 'abort'])('%s is refused at another one, at the first attempt', (act) => {
    const decide = deciderOf(act, { key: 'go', expectedPosition: '1.0.running' });
    expect(decide(by(DRAFT, 'start', 'promote'), NOW).errors).toMatchObject([{ code: 'STALE_REVISION' }]);
  });
});
