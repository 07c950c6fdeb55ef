import { describe, expect, it } from '@jest/globals';
import { CompiledSegment } from './compiled-segment.js';
import type { EvaluationContext } from './context.js';

function throwing(): never {
  throw new Error('no');
}

describe('a segment that lists keys', () => {
  const segment = new CompiledSegment(
    {
      key: 's',
      description: '',
      rules: [{ attribute: ['plan'], operator: 'equals', value: 'pro' }],
      included: ['in', 'both', ''],
      excluded: ['out', 'both'],
    },
    () => undefined,
  );
  const lent = (targetingKey: unknown) => Object.create({ targetingKey }) as EvaluationContext;
  const got = (get: () => unknown, plan = 'free') =>
    Object.defineProperty({ plan }, 'targetingKey', { get }) as EvaluationContext;

  it.each<[string, unknown, boolean, 'included' | 'excluded' | null]>([
    ['an included key', { targetingKey: 'in' }, true, 'included'],
    ['an excluded key that a rule would let in', { targetingKey: 'out', plan: 'pro' }, false, 'excluded'],
    ['a key in both lists', { targetingKey: 'both' }, true, 'included'],
    ['another key', { targetingKey: 'x' }, false, null],
    ['another key that a rule lets in', { targetingKey: 'x', plan: 'pro' }, true, null],
    ['an empty key, though it is listed', { targetingKey: '' }, false, null],
    ['a key that is no string', { targetingKey: ['in'] }, false, null],
    ['an included key that is inherited', lent('in'), false, null],
    ['an excluded key that is inherited', Object.assign(lent('out'), { plan: 'pro' }), true, null],
    ['a getter', got(() => 'in'), true, 'included'],
    ['a getter that throws', got(throwing, 'pro'), true, null],
    ['a proxy that lends a key', new Proxy({}, { get: () => 'in' }), false, null],
    ['no object', null, false, null],
  ])('answers for %s by its rules unless the context owns a listed key', (_, context, isMember, listing) => {
    expect(segment.hasMember(context as EvaluationContext)).toBe(isMember);
    expect(segment.listing(context as EvaluationContext)).toBe(listing);
  });

  it.each<[string, unknown, boolean]>([
    ['this segment', { verified: { '@segments': ['s'] } }, true],
    [
      'this segment, though its key is excluded',
      { targetingKey: 'out', verified: { '@segments': ['s'] } },
      true,
    ],
    ['another segment', { verified: { '@segments': ['t'] } }, false],
    ['no list', { verified: { '@segments': 's' } }, false],
    ['this segment outside verified', { '@segments': ['s'] }, false],
    ['this segment, inherited', Object.create({ verified: { '@segments': ['s'] } }), false],
    ['this segment, in an inherited list', { verified: Object.create({ '@segments': ['s'] }) }, false],
    [
      'nothing that can be read',
      {
        get verified() {
          return throwing();
        },
      },
      false,
    ],
    ['verified of no use', { verified: null }, false],
  ])('takes for a member who is carried as one: %s', (_, context, isMember) => {
    expect(segment.hasMember(context as EvaluationContext)).toBe(isMember);
    expect(segment.isCarried(context as EvaluationContext)).toBe(isMember);
  });
});
