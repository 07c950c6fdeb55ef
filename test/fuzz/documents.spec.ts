import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compile, type EvaluationContext, type Flag, type Route, type Segment } from '@tidegate/sdk/engine';
import { type ConfigurationKind, parseDocument } from '../../src/domain/parse-document.js';
import { planChange, type ProposedEdit } from '../../src/domain/plan-change.js';
import type { Image } from '../../src/domain/image.js';
import { fullImage } from '../support/proposals.js';
import { inputs, SEED } from './budget.js';
import { CORPUS, corpusFaults } from './corpus.js';
import { mutateJson, ODD_VALUES } from './json-mutator.js';
import { Random } from './random.js';

const CONTEXTS: readonly EvaluationContext[] = [
  {},
  { targetingKey: 'user-1', email: 'a@corp.com', age: 17, app: { version: '2.3.4' } },
  { targetingKey: '', email: ['a@corp.com', null], age: Number.NaN, app: [], request: { headers: null } },
  { targetingKey: { toString: () => 'user-1' }, verified: 'groups', age: 10n } as never,
];

/** Reads a document; what was accepted must be read again, to the same, after it was stored. */
function parse(kind: ConfigurationKind, raw: unknown): object | null {
  const parsed = parseDocument(kind, raw, '');
  if ('errors' in parsed) {
    expect(parsed.errors.length).toBeGreaterThan(0);
    return null;
  }
  const stored: unknown = JSON.parse(JSON.stringify(parsed.value));
  const again = parseDocument(kind, stored, '');
  if ('errors' in again)
    throw new Error(`${kind} is not read again: ${JSON.stringify([again.errors, stored])}`);
  expect(JSON.stringify(again.value)).toBe(JSON.stringify(parsed.value));
  return parsed.value;
}

/** An accepted document must be evaluated, whatever the context, without a throw. */
function evaluate(kind: ConfigurationKind, key: string, document: object): void {
  const engine = compile({
    environment: 'fuzz',
    epoch: 'e',
    revision: 1,
    flags: kind === 'flag' ? [document as Flag] : [],
    segments: kind === 'segment' ? [document as Segment] : [],
    routes: kind === 'route' ? [document as Route] : [],
    events: {},
  });
  for (const context of CONTEXTS) {
    if (kind === 'flag') expect(engine.evaluate(key, context).reason).toBeDefined();
    if (kind === 'route') expect(engine.evaluateRoute(key, context)).toBeDefined();
    if (kind === 'segment') expect(typeof engine.isMember(key, context)).toBe('boolean');
  }
}

describe('documents', () => {
  it('of the corpus are good', () => {
    expect(corpusFaults()).toEqual([]);
  });

  it('mutated from good ones are refused with errors, or read again and evaluated', () => {
    const random = new Random(SEED);
    const counted = { accepted: 0, refused: 0 };
    for (let left = inputs(0.4); left > 0; left -= 1) {
      const [kind, document] = random.one(CORPUS);
      const raw = mutateJson(document, random);
      const value = parse(kind, raw);
      counted[value === null ? 'refused' : 'accepted'] += 1;
      if (value !== null && left % 8 === 0) evaluate(kind, (value as { key: string }).key, value);
    }
    expect(counted.accepted).toBeGreaterThan(0);
    expect(counted.refused).toBeGreaterThan(counted.accepted / 100);
  });

  it('of any JSON or any value at all are refused with errors, or read again', () => {
    const kinds = [...new Set(CORPUS.map(([kind]) => kind))];
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.oneof(fc.jsonValue(), fc.anything()), (kind, raw) => {
        parse(kind, raw);
      }),
      { numRuns: inputs(0.05), seed: SEED },
    );
  });
});

describe('changes', () => {
  it('mutated from good ones leave an environment in which every document is read again', () => {
    const random = new Random(SEED + 1);
    let image = fullImage();
    let written = 0;
    for (let left = inputs(0.05); left > 0; left -= 1) {
      const plan = planChange(image, proposals(image, random), { now: 1_000, actor: 'token:fuzz' });
      expect(plan.commit === null).toBe(plan.errors.length > 0);
      if (plan.commit === null || plan.commit.edits.length === 0) continue;
      written += 1;
      const revision = image.revision + 1;
      const documents = image.documents.with(plan.commit.edits, revision);
      for (const { kind, value } of plan.commit.edits)
        if (value !== null) parse(kind as ConfigurationKind, value);
      image = written % 50 === 0 ? fullImage() : { ...image, revision, documents };
    }
    expect(written).toBeGreaterThan(0);
  });
});

function proposals(image: Image, random: Random): ProposedEdit[] {
  return Array.from({ length: 1 + random.below(3) }, () => {
    const [kind, document] = random.one(CORPUS);
    const value = mutateJson(document, random);
    const key = random.chance(0.95) ? (document as { key: string }).key : String(random.one(ODD_VALUES));
    const present = image.documents.get(kind, key) !== undefined;
    const mode = random.chance(0.05) ? 'delete' : present ? 'update' : 'create';
    return { kind, key, value: mode === 'delete' ? null : value, mode, field: '' };
  });
}
