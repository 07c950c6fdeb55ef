import { describe, expect, it } from '@jest/globals';
import { rolloutSchema, type RolloutInput } from '../rollout.js';
import { definitionErrors } from './definition.js';
import { dogfood, employeesFirst } from './templates.js';

const FLAG = { key: 'checkout', new: 'on', control: 'off' };
const ROUTE = { key: 'shop', new: 'v2', control: 'v1' };
const FULL = { weight: 100_000, hold: 1 };

const errorsOf = (rollout: Partial<RolloutInput>): string[] =>
  definitionErrors(rolloutSchema.parse({ key: 'go', salt: 'go', flag: FLAG, steps: [FULL], ...rollout })).map(
    ({ code, field }) => `${code} ${field}`,
  );

describe('definitionErrors', () => {
  it.each<[string, Partial<RolloutInput>, string[]]>([
    ['nothing for a flag', {}, []],
    ['nothing for both sides', { routes: [ROUTE], steps: [{ weight: 10, hold: 1 }, FULL] }, []],
    ['neither flag nor route', { flag: null }, ['INVALID_INPUT flag']],
    ['one variant twice', { flag: { ...FLAG, control: 'on' } }, ['SAME_ARMS flag.new']],
    [
      'one version twice',
      { routes: [ROUTE, { ...ROUTE, key: 'cart', control: 'v2' }] },
      ['SAME_ARMS routes.1.new'],
    ],
    ['an end below 100 %', { steps: [{ weight: 99_999, hold: 1 }] }, ['LAST_STEP_NOT_FULL steps.0']],
    [
      'an end with an audience',
      { steps: [FULL, { audience: 'a', hold: 1 }] },
      ['LAST_STEP_NOT_FULL steps.1'],
    ],
    [
      'a share that falls',
      { steps: [{ weight: 5_000, hold: 1 }, { audience: 'a', hold: 1 }, { weight: 4_999, hold: 1 }, FULL] },
      ['INVALID_INPUT steps.2.weight'],
    ],
    [
      'a share too fine for a route',
      { routes: [ROUTE], steps: [{ weight: 15, hold: 1 }, FULL] },
      ['INVALID_INPUT steps.0.weight'],
    ],
    ['a holdback too fine for a route', { routes: [ROUTE], holdback: 5 }, ['INVALID_INPUT holdback']],
    ['a route twice', { routes: [ROUTE, ROUTE] }, ['DUPLICATE_KEY routes.1.key']],
    ['a guard twice', { guards: ['g', 'g'] }, ['DUPLICATE_KEY guards']],
  ])('finds %s', (_what, rollout, expected) => {
    expect(errorsOf(rollout)).toEqual(expected);
  });

  it.each([{ steps: employeesFirst('employees') }, { steps: dogfood('employees') }])(
    'finds nothing in a template',
    ({ steps }) => {
      expect(errorsOf({ routes: [ROUTE], steps })).toEqual([]);
    },
  );

  it('refuses a key whose rule ids would be too long', () => {
    const keyed = (length: number): object => ({ key: 'k'.repeat(length), salt: 'go', steps: [FULL] });
    expect(rolloutSchema.safeParse(keyed(80)).success).toBe(true);
    expect(rolloutSchema.safeParse(keyed(81)).success).toBe(false);
  });

  it('reads the form with one route, and not both forms at once', () => {
    const read = (sides: object): unknown =>
      rolloutSchema.safeParse({ key: 'go', salt: 'go', steps: [FULL], ...sides }).data?.routes;
    expect(read({ route: ROUTE })).toEqual([ROUTE]);
    expect(read({ route: null })).toEqual([]);
    expect(read({ route: ROUTE, routes: [ROUTE] })).toBeUndefined();
  });

  it('takes twenty routes, and not one more', () => {
    const routes = (count: number): object[] =>
      Array.from({ length: count }, (_, index) => ({ ...ROUTE, key: `shop-${index}` }));
    const good = (count: number): boolean =>
      rolloutSchema.safeParse({ key: 'go', salt: 'go', steps: [FULL], routes: routes(count) }).success;
    expect([good(20), good(21)]).toEqual([true, false]);
  });
});
