import type { StoredState } from './change.js';
import type { Documents } from './documents.js';

/** All of one scope (an environment, or the registry) as one replica knows it. `revision` is that of `documents`. */
export interface Image {
  readonly scope: string;
  readonly epoch: string;
  readonly revision: number;
  readonly documents: Documents;
  readonly states: ReadonlyMap<string, StoredState>;
}

/** Scope of the registry: documents of kinds `environment` and `token`. No environment can have this name. */
export const REGISTRY = '@registry';

/** Spells the keys of state. The only place that does. */
export const stateKey = {
  rollout: (rollout: string): string => `rollout/${rollout}`,
  route: (route: string): string => `route/${route}`,
  /** How a rollout's users were assigned, see `rollout/assignment.ts`. */
  assignment: (rollout: string): string => `assignment/${rollout}`,
  /** Tables of the route that may stand in the mesh, see `standing-tables.ts`. */
  standing: (route: string): string => `standing/${route}`,
  /** `subject`: `rollout/<key>`, `flag/<key>` or `route/<key>` that the guard watches. */
  guard: (guard: string, subject: string): string => `guard/${guard}/${subject}`,
  /** How the evidence of a guard on a subject grew, see `guard/evidence-curve.ts`. */
  curve: (guard: string, subject: string): string => `curve/${guard}/${subject}`,
  /** What was noticed of the versions of a route. */
  discovery: (route: string): string => `discovery/${route}`,
  webhook: (): string => 'webhook/cursor',
  schedule: (scheduled: string): string => `schedule/${scheduled}`,
};
