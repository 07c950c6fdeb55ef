import { z } from 'zod';
import { keySchema, labelSchema } from '../key.js';
import { stepSchema } from '../rollout.js';

/** What to do with a newer version while a rollout of the route is unfinished. */
export const NEWER = ['restart', 'queue', 'latest'] as const;
/** What to do with a new version of a route by itself. */
export const STARTS = ['auto', 'draft'] as const;

/**
 * How a new version of a route is rolled out. `routes` empty: of every route. `start`: `auto` starts the rollout as soon
 * as the version is ready, `draft` leaves that to a person. `newer`, while another rollout of the route is unfinished:
 * `restart` aborts one that was made here and begins with the newer version; `queue` rolls out one after the other;
 * `latest` waits, too, and leaves out all but the newest. `scaleDownAfter`: seconds after completion, then the old
 * version's Deployments are scaled to zero; null = never.
 */
export const versionTemplateSchema = z.strictObject({
  routes: z.array(labelSchema).max(100).default([]),
  steps: z.array(stepSchema).min(1).max(50),
  guards: z.array(keySchema).max(20).default([]),
  holdback: z.int().min(0).max(50_000).default(0),
  start: z.enum(STARTS).default('auto'),
  newer: z.enum(NEWER).default('queue'),
  scaleDownAfter: z.int().min(0).max(31_536_000).nullable().default(null),
});

export type VersionTemplate = z.output<typeof versionTemplateSchema>;

/** The first template that is for this route, or null. */
export function templateFor(templates: readonly VersionTemplate[], route: string): VersionTemplate | null {
  return templates.find(({ routes }) => routes.length === 0 || routes.includes(route)) ?? null;
}
