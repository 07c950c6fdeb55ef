import { commitIn, imageOf } from './image.js';
import type { Image } from '../../src/domain/image.js';
import type { Kind } from '../../src/domain/documents.js';
import type { Plan } from '../../src/domain/plan.js';
import { planChange, type PlanOptions, type ProposedEdit } from '../../src/domain/plan-change.js';

/** A document of a kind, as somebody might send it. */
export type Draft = readonly [Kind, { readonly key: string; readonly [field: string]: unknown }];

/** Good documents of each kind that refer to each other; `fields` overwrite. */
export const draft = {
  flag: (fields: object = {}): Draft => [
    'flag',
    { key: 'f', type: 'boolean', variants: { on: true, off: false }, defaultVariant: 'off', ...fields },
  ],
  segment: (fields: object = {}): Draft => [
    'segment',
    {
      key: 's',
      rules: [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'staff' }],
      ...fields,
    },
  ],
  route: (fields: object = {}): Draft => [
    'route',
    {
      key: 'r',
      service: 'r.shop.svc.cluster.local',
      gateways: [{ name: 'infra/public', hosts: ['r.example.com'] }],
      versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
      salt: 'r',
      default: 'v1',
      ...fields,
    },
  ],
  guard: (fields: object = {}): Draft => [
    'guard',
    { key: 'g', source: 'prometheus', template: 'istio', margin: 1.5, ...fields },
  ],
  rollout: (fields: object = {}): Draft => [
    'rollout',
    {
      key: 'roll',
      flag: { key: 'f', new: 'on', control: 'off' },
      routes: [{ key: 'r', new: 'v2', control: 'v1' }],
      steps: [
        { audience: 's', hold: 60 },
        { weight: 100_000, hold: 60 },
      ],
      guards: ['g'],
      salt: 'roll',
      ...fields,
    },
  ],
  settings: (fields: object = {}): Draft => [
    'settings',
    {
      key: 'environment',
      identity: {
        issuer: 'https://issuer.example',
        jwksUri: 'https://issuer.example/jwks',
        pairs: [{ attribute: 'groups', claim: ['groups'] }],
      },
      ...fields,
    },
  ],
};

/** A document with this key and mode, at no field in particular. */
export function propose([kind, value]: Draft, mode: ProposedEdit['mode'] = 'create'): ProposedEdit {
  return { kind, key: value.key, value: mode === 'delete' ? null : value, mode, field: '' };
}

/** Plans the proposals, asked by a person. */
export function plan(
  image: Image,
  proposals: readonly ProposedEdit[],
  options: Partial<PlanOptions> = {},
): Plan {
  return planChange(image, proposals, { now: 1_000, actor: 'token:me', ...options });
}

/** The image after these documents were written in one change. Throws where that is refused. */
export function imageWith(image: Image, ...drafts: readonly Draft[]): Image {
  const modes = drafts.map(([kind, { key }]) => (image.documents.get(kind, key) ? 'update' : 'create'));
  const proposals = drafts.map((one, index) => propose(one, modes[index]));
  const commit = commitIn(plan(image, proposals));
  const revision = image.revision + 1;
  return { ...image, revision, documents: image.documents.with(commit.edits, revision) };
}

/** `CODE at field` of everything that stands in the way. */
export function refusals({ errors }: Plan): string[] {
  return errors.map(({ code, field }) => `${code} at ${field}`);
}

/** What stands in the way of one document. */
export function refused(image: Image, one: Draft, mode: ProposedEdit['mode'] = 'create'): string[] {
  return refusals(plan(image, [propose(one, mode)]));
}

/** An environment of one good document of each kind, at revision 2. */
export function fullImage(): Image {
  const { settings, segment, flag, route, guard, rollout } = draft;
  return imageWith(imageOf(), settings(), segment(), flag(), route(), guard(), rollout());
}
