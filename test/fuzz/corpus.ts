import { parseDocument } from '../../src/domain/parse-document.js';
import type { ConfigurationKind } from '../../src/domain/parse-document.js';
import { draft } from '../support/proposals.js';

const arms = [
  { variant: 'on', weight: 1_000 },
  { variant: 'off', weight: 99_000 },
];
const condition = {
  all: [
    { attribute: ['email'], operator: 'matches', value: '^[a-z.]+@corp\\.com$' },
    {
      any: [
        { operator: 'inSegment', value: 's' },
        { not: { attribute: ['age'], operator: 'less', value: 18 } },
      ],
    },
    { attribute: ['app', 'version'], operator: 'semverGreater', value: '2.3.4-rc.1' },
    { attribute: ['request', 'headers', 'x-country'], operator: 'in', value: ['de', 'fr'] },
  ],
};

/** Good documents with something in every field. */
export const CORPUS: readonly (readonly [ConfigurationKind, unknown])[] = [
  draft.flag({ key: 'base' }),
  draft.flag({
    description: 'The new checkout',
    owner: 'shop',
    tags: ['shop', 'q4'],
    expiresAt: '2027-01-01T00:00:00Z',
    targets: [{ variant: 'on', keys: ['user-1', 'user-2'] }],
    prerequisites: [{ flag: 'base', variants: ['on'] }],
    rules: [
      { id: 'audience', condition, serve: { variant: 'on' } },
      {
        id: 'split',
        condition: { all: [] },
        serve: { split: { bucketBy: ['targetingKey'], salt: 'x', arms } },
      },
    ],
  }),
  draft.segment({ rules: [condition], included: ['user-1'], excluded: ['user-2'] }),
  draft.route({
    rules: [
      { id: 'header', condition: condition.all[3], serve: { version: 'v2' } },
      {
        id: 'split',
        condition: { operator: 'inSegment', value: 's' },
        serve: {
          split: {
            arms: [
              { version: 'v2', weight: 500 },
              { version: 'v1', weight: 9_500 },
            ],
          },
        },
      },
    ],
  }),
  draft.guard(),
  draft.guard({
    template: null,
    query: {
      bad: 'http_requests_total{code=~"5.."}',
      total: 'http_requests_total',
      arm: { label: 'version', new: 'v2', control: 'v1' },
    },
  }),
  draft.rollout(),
  draft.settings({
    webhooks: [{ url: 'https://hooks.example/tidegate', secretRef: 'env:HOOK', events: ['trip'] }],
  }),
].map(([kind, document]) => [kind as ConfigurationKind, document] as const);

/** What is wrong with the documents of the corpus, which should be nothing. */
export function corpusFaults(): string[] {
  return CORPUS.flatMap(([kind, document]) => {
    const parsed = parseDocument(kind, document, '');
    return 'errors' in parsed
      ? parsed.errors.map(({ field, message }) => `${kind} ${field}: ${message}`)
      : [];
  });
}
