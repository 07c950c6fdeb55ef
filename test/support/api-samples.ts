import type { Api, Arguments } from './api.js';

export const ENVIRONMENT = 'production';

/** Inputs that create one document of each kind, made for one another. */
export const SEGMENT = {
  key: 'employees',
  rules: [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }],
} as const;
export const FLAG = { key: 'new-checkout' } as const;
export const ROUTE = {
  key: 'checkout',
  service: 'checkout.shop.svc.cluster.local',
  versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
  default: 'v1',
} as const;
export const GUARD = {
  key: 'checkout-errors',
  source: 'events',
  events: { flag: FLAG.key, bad: 'checkout-failed' },
  margin: 2,
} as const;
export const ROLLOUT = {
  key: 'rollout',
  flag: { key: FLAG.key, new: 'on', control: 'off' },
  steps: [{ audience: SEGMENT.key }, { weight: 50_000 }, { weight: 100_000 }],
  guards: [GUARD.key],
} as const;

/** Operations on guards that have tripped: `api-trips.spec.ts` calls them. */
export const OF_TRIPS = ['resetGuard', 'overrideGuard', 'guardReport', 'verdicts', 'replayVerdict'] as const;
/** What specs of their own call, and the whole API's own spec need not. */
export const ELSEWHERE: ReadonlySet<string> = new Set([
  ...OF_TRIPS,
  'bucketShare',
  'guardSuggestion',
  'guardEvidence',
  'backTest',
]);

/** Adds the environment of the samples to an input. */
export function inProduction(input: Arguments = {}): Arguments {
  return { environment: ENVIRONMENT, ...input };
}

/** Makes the environment and one document of each kind. */
export async function createSamples(api: Api): Promise<void> {
  await api.do('createEnvironment', { key: ENVIRONMENT });
  await api.do('createSegment', inProduction(SEGMENT));
  await api.do('createFlag', inProduction(FLAG));
  await api.do('createRoute', inProduction(ROUTE));
  await api.do('createGuard', inProduction(GUARD));
  await api.do('createRollout', inProduction(ROLLOUT));
}
