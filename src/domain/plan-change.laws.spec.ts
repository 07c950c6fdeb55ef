import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  draft,
  fullImage,
  imageWith,
  plan,
  propose,
  refusals,
  type Draft,
} from '../../test/support/proposals.js';
import { imageOf } from '../../test/support/image.js';
import type { Kind, Stored } from './documents.js';
import type { Image } from './image.js';
import { isConfigurationKind, parseDocument } from './parse-document.js';
import type { ProposedEdit } from './plan-change.js';
import { danglingErrors } from './references.js';

const key = fc.constantFrom('a', 'b', 'c');
const member = (segment: string): object => ({ operator: 'inSegment', value: segment });
const segments = fc.array(key, { maxLength: 2 }).map((keys) => keys.map(member));
const rulesOf = (conditions: readonly object[], serve: object): object[] =>
  conditions.map((condition, index) => ({ id: `r${index}`, condition, serve }));
const variants = fc.constantFrom(
  { on: true, off: false },
  { off: false },
  { on: true, off: false, old: false },
);
const versions = fc.constantFrom({ v1: { v: '1' }, v2: { v: '2' } }, { v1: { v: '1' } });
const hold = 1;

const document: fc.Arbitrary<Draft> = fc.oneof(
  fc.tuple(key, segments).map(([name, rules]) => draft.segment({ key: name, rules })),
  fc
    .record({ name: key, all: variants, rules: segments, before: fc.option(key, { nil: undefined }) })
    .map(({ name, all, rules, before }) =>
      draft.flag({
        key: name,
        variants: all,
        rules: rulesOf(rules, { variant: 'off' }),
        prerequisites: before === undefined ? [] : [{ flag: before, variants: ['on'] }],
      }),
    ),
  fc.record({ name: key, all: versions, rules: segments, at: fc.boolean() }).map(({ name, all, rules, at }) =>
    draft.route({
      key: name,
      service: `${name}.shop.svc.cluster.local`,
      gateways: at ? [{ name: 'infra/public', hosts: [`${name}.example.com`] }] : [],
      versions: all,
      rules: rulesOf(rules, { version: 'v1' }),
    }),
  ),
  fc
    .tuple(key, key)
    .map(([name, flag]) =>
      draft.guard({ key: name, source: 'events', template: null, events: { flag, bad: 'error' } }),
    ),
  fc
    .record({
      name: key,
      flag: key,
      route: fc.option(key, { nil: null }),
      audience: key,
      guards: fc.uniqueArray(key, { maxLength: 1 }),
    })
    .map(({ name, flag, route, audience, guards }) =>
      draft.rollout({
        key: name,
        flag: { key: flag, new: 'on', control: 'off' },
        route: route === null ? null : { key: route, new: 'v2', control: 'v1' },
        steps: [
          { audience, hold },
          { weight: 100_000, hold },
        ],
        guards,
      }),
    ),
);

/** Writes what is not there, edits or deletes what is. */
function asProposal(image: Image, one: Draft, gone: boolean): ProposedEdit {
  const present = image.documents.get(one[0], one[1].key) !== undefined;
  if (!present) return propose(one, 'create');
  return propose(one, gone ? 'delete' : 'update');
}

function danglingIn(image: Image): string[] {
  return [...image.documents.all()].flatMap((stored: Stored) =>
    danglingErrors(image.documents, stored).map(({ field }) => `${stored.kind}/${stored.key} ${field}`),
  );
}

const KEYS = ['a', 'b', 'c'];
const BASE = imageWith(
  imageOf(),
  ...KEYS.map((name) => draft.segment({ key: name, rules: [] })),
  ...KEYS.map((name) => draft.flag({ key: name })),
  ...KEYS.map((name) => draft.route({ key: name, service: `${name}.shop.svc.cluster.local`, gateways: [] })),
);

const change = fc.array(fc.tuple(document, fc.boolean()), { minLength: 1, maxLength: 3 });

describe('planChange', () => {
  it('never leads to a reference into nothing, whatever is asked of it in whatever order', () => {
    let written = 0;
    let refusedOnes = 0;
    fc.assert(
      fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
        let image = BASE;
        for (const drafts of changes) {
          const { commit } = plan(
            image,
            drafts.map(([one, gone]) => asProposal(image, one, gone)),
          );
          if (commit === null) refusedOnes += 1;
          else {
            written += commit.edits.length;
            const revision = image.revision + 1;
            image = { ...image, revision, documents: image.documents.with(commit.edits, revision) };
          }
          expect(danglingIn(image)).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
    expect(written).toBeGreaterThan(100);
    expect(refusedOnes).toBeGreaterThan(100);
  });

  it('says of each document that it wrote the same when it reads that again from JSON', () => {
    fc.assert(
      fc.property(document, ([kind, value]) => {
        if (!isConfigurationKind(kind)) return;
        const first = parseDocument(kind, value, '');
        if ('errors' in first) return;
        const again = parseDocument(kind, JSON.parse(JSON.stringify(first.value)), '');
        expect(again).toEqual(first);
      }),
    );
  });

  it('refuses the names through which objects can be changed, wherever they stand', () => {
    const full = [...fullImage().documents.all()];
    const poison = fc.constantFrom('__proto__', 'constructor', 'prototype');
    fc.assert(
      fc.property(fc.constantFrom(...full), poison, fc.nat(), (stored, name, at) => {
        const { kind, key: of } = stored;
        const poisoned = withProperty(stored.value, name, at);
        const edit = { kind, key: of, value: poisoned, mode: 'update' as const, field: '' };
        const [first = ''] = refusals(plan(fullImage(), [edit]));
        expect(first).toMatch(/^RESERVED_NAME at /);
      }),
    );
  });

  it('answers anything at all that is sent as a document with errors, and never throws', () => {
    const kind = fc.constantFrom<Kind>('flag', 'segment', 'route', 'guard', 'rollout', 'settings');
    const anything = fc.oneof(
      fc.anything({ withDate: true, withBigInt: true, withSparseArray: true }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(kind, anything, (of, value) => {
        const { errors, commit } = plan(imageOf(), [
          { kind: of, key: 'k', value, mode: 'create', field: 'v' },
        ]);
        expect(commit).toBeNull();
        expect(
          errors.every(
            ({ field, message, code }) => field.startsWith('v') && message !== '' && code !== 'GENERAL',
          ),
        ).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** A copy with a property of this name in one of its objects. */
function withProperty(value: unknown, name: string, at: number): unknown {
  const copy: unknown = structuredClone(value);
  const objects: object[] = [];
  const collect = (item: unknown): void => {
    if (typeof item !== 'object' || item === null) return;
    if (!Array.isArray(item)) objects.push(item);
    Object.values(item).forEach(collect);
  };
  collect(copy);
  const chosen = objects[at % objects.length] ?? {};
  Object.defineProperty(chosen, name, { value: 1, enumerable: true, configurable: true, writable: true });
  return copy;
}
