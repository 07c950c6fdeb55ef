import { beforeEach, describe, expect, it } from '@jest/globals';
import { compile, type EvaluationContext, type Flag } from '../engine/index.js';
import { Evaluation } from './evaluation.js';
import { type Hook, HOOK_STAGES } from './hook.js';
import { HookedAnswers } from './hooked-answers.js';
import { Ledger } from './ledger.js';
import { PrivateAttributes } from './private-attributes.js';
import { UnitBook } from './unit-book.js';
import { valueFlag } from './value-flag.js';

const forPro: Flag = {
  ...valueFlag('beta', false),
  rules: [
    {
      id: 'pro',
      condition: { attribute: ['plan'], operator: 'equals', value: 'pro' },
      serve: { variant: 'on' },
    },
  ],
};

describe('HookedAnswers', () => {
  let evaluation: Evaluation;
  let seen: string[];
  let failures: string[];

  beforeEach(() => {
    evaluation = new Evaluation(new Ledger(), new UnitBook(new PrivateAttributes([])));
    evaluation.engine = compile({
      environment: 'production',
      epoch: 'e',
      revision: 1,
      flags: [valueFlag('width', 10), forPro],
      segments: [],
      routes: [],
      events: { paid: ['width'] },
    });
    seen = [];
    failures = [];
  });

  function answers(hooks: readonly Hook[], hidden: string[][] = []): HookedAnswers {
    return new HookedAnswers(evaluation, hooks, {
      hidden: new PrivateAttributes(hidden),
      onFailure: (error, stage, name) => failures.push(`${stage} of ${name}: ${String(error)}`),
    });
  }

  const noting = (name: string): Hook => ({
    before: ({ flag, kind, fallback }) =>
      void seen.push(`${name} before ${flag} ${kind} ${String(fallback)}`),
    after: (_, { value, variant }) => void seen.push(`${name} after ${JSON.stringify(value)} ${variant}`),
    error: (_, { value, errorCode }) => void seen.push(`${name} error ${JSON.stringify(value)} ${errorCode}`),
    finally: () => void seen.push(`${name} finally`),
    tracked: ({ event, value }) => void seen.push(`${name} tracked ${event} ${value}`),
  });

  it('runs before in order, the rest in reverse, around an answer', () => {
    expect(answers([noting('a'), noting('b')]).value('width', {}, 'integer', 1)).toBe(10);
    expect(seen).toEqual([
      'a before width integer 1',
      'b before width integer 1',
      'b after 10 value',
      'a after 10 value',
      'b finally',
      'a finally',
    ]);
  });

  it.each<[string, unknown, string]>([
    ['missing', true, 'FLAG_NOT_FOUND'],
    ['width', 'wide', 'TYPE_MISMATCH'],
  ])('runs error in place of after: %s', (key, fallback, code) => {
    expect(answers([noting('a')]).details(key, {}, fallback as boolean)).toMatchObject({
      value: fallback,
      errorCode: code,
    });
    expect(seen.slice(1)).toEqual([`a error ${JSON.stringify(fallback)} ${code}`, 'a finally']);
  });

  it('tells of events, also of those that no guard asks for', () => {
    answers([noting('a')]).track('unheard-of', {}, 2);
    expect(seen).toEqual(['a tracked unheard-of 2']);
  });

  it('counts as it would without hooks', () => {
    const hooked = answers([noting('a')]);
    hooked.value('width', {}, 'integer', 1);
    hooked.value('width', {}, 'string', 'wide');
    hooked.track('paid', {}, 3);
    evaluation.ledger.settle();
    expect(evaluation.ledger.take({ series: 9, bytes: 9_999, count: 9 })?.counts).toEqual([
      { flag: 'width', rule: null, variant: 'value', event: 'paid', bucket: 12, count: 1, sum: 3 },
      { flag: 'width', rule: null, variant: 'value', event: 'exposures', count: 1, sum: 1 },
    ]);
  });

  it('adds what before returns, in order, and shows the next hook the whole', () => {
    const plans: unknown[] = [];
    const hooks: Hook[] = [
      { before: () => ({ plan: 'free' }) },
      {
        before: ({ context }) => {
          plans.push(context['plan']);
          return { plan: 'pro' };
        },
        after: ({ context }) => void plans.push(context['plan']),
      },
    ];
    expect(answers(hooks).value('beta', { plan: 'none' }, 'boolean', false)).toBe(true);
    expect(plans).toEqual(['free', 'pro']);
  });

  it('is the same call in every stage', () => {
    const calls = new Set<unknown>();
    const stage = (call: unknown) => void calls.add(call);
    answers([{ before: stage, after: stage, finally: stage }]).value('width', {}, 'integer', 1);
    expect(calls.size).toBe(1);
  });

  it.each(HOOK_STAGES)('answers all the same though %s throws, and tells of it', (stage) => {
    const bad: Hook = {
      name: 'bad',
      [stage]: () => {
        throw new Error('no');
      },
    };
    const hooked = answers([bad, noting('a')]);
    expect(hooked.value('width', {}, 'integer', 1)).toBe(10);
    expect(hooked.value('missing', {}, 'integer', 1)).toBe(1);
    hooked.track('paid', {}, 1);
    expect(new Set(failures)).toEqual(new Set([`${stage} of bad: Error: no`]));
    expect(seen).toHaveLength(7);
  });

  it('answers all the same though even the name of a hook that failed throws', () => {
    const bad: Hook = {
      get name(): string {
        throw new Error('no name');
      },
      before: () => {
        throw new Error('no');
      },
    };
    expect(answers([bad]).value('width', {}, 'integer', 1)).toBe(10);
    expect(failures).toEqual(['before of without a name: Error: no']);
  });

  it('catches what a hook that is asynchronous is rejected with', async () => {
    const late = { before: () => Promise.reject(new Error('late')) } as unknown as Hook;
    expect(answers([late]).value('width', {}, 'integer', 1)).toBe(10);
    await new Promise(setImmediate);
    expect(failures).toEqual(['before of without a name: Error: late']);
  });

  it('evaluates within a hook without hooks, and so comes to an end', () => {
    let inner: unknown;
    const hooked: HookedAnswers = answers([
      { before: () => void (inner = hooked.value('width', {}, 'integer', 1)) },
      noting('a'),
    ]);
    hooked.value('beta', {}, 'boolean', false);
    expect(inner).toBe(10);
    expect(seen.filter((line) => line.includes('width'))).toEqual([]);
  });

  it('lets no hook change an answer', () => {
    const bend = (_: unknown, details: object) => void Object.assign(details, { value: 0 });
    const hooked = answers([{ name: 'bend', after: bend, error: bend }]);
    expect(hooked.value('width', {}, 'integer', 1)).toBe(10);
    expect(hooked.value('missing', {}, 'integer', 1)).toBe(1);
    expect(failures).toHaveLength(2);
  });

  it('shows no private attribute to any stage, while rules go by it', () => {
    const contexts: EvaluationContext[] = [];
    const keep = ({ context }: { readonly context: EvaluationContext }) => void contexts.push({ ...context });
    const hook: Hook = { before: keep, after: keep, error: keep, finally: keep, tracked: keep };
    const hooked = answers([{ before: () => ({ plan: 'pro' }) }, hook], [['plan'], ['user', 'email']]);
    const context = { plan: 'free', user: { email: 'ann@example.com', id: 1 } };
    expect(hooked.value('beta', context, 'boolean', false)).toBe(true);
    hooked.track('paid', context, 1);
    expect(contexts).toEqual(Array.from({ length: 4 }, () => ({ user: { id: 1 } })));
  });
});
