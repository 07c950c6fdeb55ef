import type { RolloutInput } from '../rollout.js';
import type { VersionTemplate } from './version-template.js';

/** The rollout that a template makes of a new version of a route. */
export function templateRollout(
  { steps, guards, holdback }: VersionTemplate,
  key: string,
  moved: NonNullable<RolloutInput['routes']>[number],
): RolloutInput {
  return { key, routes: [moved], steps, guards, holdback, salt: key };
}
