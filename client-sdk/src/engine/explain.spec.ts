import { describe, expect, it } from '@jest/globals';
import { sampleFlag, sampleSegment, sampleSnapshot } from '../../../test/support/sample-documents.js';
import { compile } from './engine.js';
import type { Json } from './json.js';

describe('an explanation', () => {
  const documents = sampleSnapshot({
    flags: [
      sampleFlag('base', { defaultVariant: 'on' }),
      sampleFlag('f', {
        prerequisites: [{ flag: 'base', variants: ['on'] }],
        targets: [{ variant: 'on', keys: ['vip'] }],
        rules: [
          {
            id: 'audience',
            condition: { operator: 'inSegment', value: 'employees' },
            serve: { variant: 'on' },
          },
          {
            id: 'split',
            condition: { not: { attribute: ['plan'], operator: 'equals', value: 'free' } },
            serve: {
              split: {
                bucketBy: ['targetingKey'],
                salt: 's',
                arms: [
                  { variant: 'on', weight: 5_000 },
                  { variant: 'off', weight: 95_000 },
                ],
              },
            },
          },
        ],
      }),
      sampleFlag('off', { enabled: false }),
    ],
    segments: [
      sampleSegment('employees', {
        rules: [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'staff' }],
        excluded: ['x'],
      }),
    ],
  });
  const engine = compile(documents);
  const groups: Json = ['admin', 'staff'];

  it('tells of each step that was asked, with every condition of it', () => {
    const trace = engine.explainFlag('f', { targetingKey: 'u', verified: { groups } });
    expect(trace).toMatchObject({
      flag: 'f',
      steps: [
        { step: 'enabled', enabled: true },
        { step: 'prerequisite', flag: 'base', variants: ['on'], answer: { variant: 'on' }, met: true },
        { step: 'targets', key: 'u', variant: null, matched: false },
        {
          step: 'rule',
          rule: 'audience',
          matched: true,
          condition: {
            operator: 'inSegment',
            value: 'employees',
            by: 'rule',
            rules: [
              {
                attribute: ['verified', 'groups'],
                operator: 'equals',
                value: 'staff',
                found: groups,
                matched: true,
              },
            ],
          },
        },
      ],
      resolution: { variant: 'on', reason: 'TARGETING_MATCH', rule: 'audience' },
    });
    expect(trace.steps).toHaveLength(4);
  });

  it('gives the bucket and the arms of a split', () => {
    const { steps, resolution } = engine.explainFlag('f', { targetingKey: 'x' });
    expect(steps.at(3)).toMatchObject({
      rule: 'audience',
      matched: false,
      condition: { by: 'excluded', rules: [] },
    });
    expect(steps.at(4)).toMatchObject({
      rule: 'split',
      condition: { matched: true, not: { matched: false, found: undefined } },
      split: {
        salt: 's',
        total: 100_000,
        key: 'x',
        arms: [
          { name: 'on', weight: 5_000 },
          { name: 'off', weight: 95_000 },
        ],
      },
    });
    expect(resolution).toBe(engine.evaluate('f', { targetingKey: 'x' }));
  });

  it('ends at the first prerequisite that is not met', () => {
    const prerequisites = ['none', 'base'].map((key) => ({ flag: key, variants: ['off'] }));
    const two = compile(sampleSnapshot({ flags: [sampleFlag('base'), sampleFlag('f', { prerequisites })] }));
    expect(two.explainFlag('f', {}).steps).toEqual([
      { step: 'enabled', enabled: true },
      { step: 'prerequisite', flag: 'none', variants: ['off'], answer: null, met: false },
    ]);
  });

  it('ends at what decided', () => {
    expect(engine.explainFlag('off', {}).steps).toEqual([{ step: 'enabled', enabled: false }]);
    expect(engine.explainFlag('f', { plan: 'free' }).steps.at(-1)).toEqual({
      step: 'default',
      variant: 'off',
    });
    expect(engine.explainFlag('f', { targetingKey: 'vip' }).steps.at(-1)).toMatchObject({
      step: 'targets',
      matched: true,
    });
    expect(engine.explainFlag('none', {}).steps).toMatchObject([{ step: 'error' }]);
    expect(engine.explainRoute('none', {}).resolution).toBeUndefined();
  });
});
