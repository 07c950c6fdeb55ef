import { describe, expect, it } from '@jest/globals';
import { compile, type EvaluationContext, type Flag } from '../engine/index.js';
import { BoundClient } from './bound-client.js';
import { Evaluation } from './evaluation.js';
import { FlagWatchers } from './flag-watchers.js';
import { Ledger } from './ledger.js';
import { PrivateAttributes } from './private-attributes.js';
import { UnitBook } from './unit-book.js';
import { mergeContexts } from './merge-contexts.js';
import { MergedAnswers } from './merged-answers.js';
import { valueFlag } from './value-flag.js';

const inEurope: Flag = {
  ...valueFlag('consent', false),
  rules: [
    {
      id: 'eu',
      condition: { attribute: ['region'], operator: 'equals', value: 'eu' },
      serve: { variant: 'on' },
    },
  ],
};

function evaluationOf(...flags: Flag[]): Evaluation {
  const evaluation = new Evaluation(new Ledger(), new UnitBook(new PrivateAttributes([])));
  const rest = { segments: [], routes: [], events: { paid: flags.map(({ key }) => key) } };
  evaluation.engine = compile({ environment: 'production', epoch: 'e', revision: 1, flags, ...rest });
  return evaluation;
}

function bind(evaluation: Evaluation, context: EvaluationContext): BoundClient {
  return new BoundClient(evaluation, new FlagWatchers(() => undefined), context);
}

describe('a bound client', () => {
  it('answers every kind for its context', () => {
    const flags = [valueFlag('b', true), valueFlag('s', 'x'), valueFlag('i', 7), valueFlag('n', 0.5)];
    const bound = bind(evaluationOf(...flags, valueFlag('o', { a: 1 })), {});
    expect(bound.boolean('b', false)).toBe(true);
    expect(bound.string('s', '')).toBe('x');
    expect(bound.integer('i', 0)).toBe(7);
    expect(bound.integer('n', 0)).toBe(0);
    expect(bound.number('n', 0)).toBe(0.5);
    expect(bound.object('o', {})).toEqual({ a: 1 });
    expect(bound.details('b', false)).toMatchObject({ value: true, variant: 'on', reason: 'STATIC' });
    expect(bound.routeHeaders()).toEqual({ 'x-tg-b': '', 'x-tg-s': '' });
  });

  it('goes by its context, and a client for more by more', () => {
    const bound = bind(evaluationOf(inEurope), { region: 'us' });
    expect(bound.boolean('consent', false)).toBe(false);
    expect(bound.forContext({ region: 'eu' }).boolean('consent', false)).toBe(true);
    expect(bound.boolean('consent', false)).toBe(false);
  });

  it('counts into the same ledger', () => {
    const evaluation = evaluationOf(inEurope);
    const bound = bind(evaluation, { region: 'eu' });
    bound.boolean('consent', false);
    bound.track('paid', 5);
    bound.track('paid');
    evaluation.ledger.settle();
    expect(evaluation.ledger.take({ series: 9, bytes: 9_999, count: 9 })?.counts).toEqual([
      { flag: 'consent', rule: 'eu', variant: 'on', event: 'paid', bucket: 13, count: 1, sum: 5 },
      { flag: 'consent', rule: 'eu', variant: 'on', event: 'paid', count: 1, sum: 1 },
      { flag: 'consent', rule: 'eu', variant: 'on', event: 'exposures', count: 1, sum: 1 },
    ]);
  });

  it('keeps the context as it was when bound', () => {
    const context = { region: 'eu' };
    const bound = bind(evaluationOf(inEurope), mergeContexts({}, context));
    context.region = 'us';
    expect(bound.boolean('consent', false)).toBe(true);
  });
});

describe('a default context', () => {
  it('lies below every context that is given', () => {
    const answers = new MergedAnswers(evaluationOf(inEurope), { region: 'eu' });
    expect(answers.value('consent', {}, 'boolean', false)).toBe(true);
    expect(answers.value('consent', { region: 'us' }, 'boolean', false)).toBe(false);
    expect(answers.details('consent', { region: undefined }, true)).toMatchObject({ value: false });
    expect(answers.value('consent', null as never, 'boolean', false)).toBe(true);
  });
});
