import type { Kind } from './documents.js';
import { withRoutes } from './rollout.js';

/**
 * A stored document in the form of today: what an earlier version wrote stays readable. A rollout had one `route`; a guard
 * had no `route` of its own, no patience, no strata, no phi but its own and no kind but `ratio`, settings no `visitors` and no `versionTemplates`.
 */
export function presentForm<T>(kind: Kind, value: T): T {
  if (kind === 'rollout') return withRoutes(value) as T;
  const added = ADDED[kind];
  return added === undefined || typeof value !== 'object' || value === null ? value : { ...added, ...value };
}

const ADDED: { readonly [kind in Kind]?: object } = {
  guard: {
    route: null,
    server: null,
    asks: null,
    patience: 300,
    whenBlind: 'hold',
    weight: 1,
    kind: 'ratio',
    latency: null,
    mean: null,
    burn: null,
    kOfN: null,
    topline: null,
    strata: null,
    webhook: null,
    phiFromHistory: false,
  },
  settings: { visitors: null, versionTemplates: [] },
};
