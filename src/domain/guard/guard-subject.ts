import type { Guard } from '../guard.js';

/** What a guard watches, resolved: its arms, and the scope to read in. */
export interface GuardSubject {
  readonly environment: string;
  readonly guard: Guard;
  /** What it stands on: `rollout/<key>`, `flag/<key>` or `route/<key>`. */
  readonly on?: string;
  /** Names of the arms: variants (events), or versions of the route (templates). A `query` brings label values of its own. */
  readonly arms: { readonly new: string; readonly control: string };
  /** The route behind a template; null for flag-only subjects. `versions`: name → pod labels. */
  readonly route: {
    readonly key: string;
    readonly service: string;
    readonly port: number;
    readonly versions?: { readonly [version: string]: { readonly [label: string]: string } };
  } | null;
  /** Events of a rollout count only what this rule decided; null: every evaluation of the flag. */
  readonly rule: string | null;
  /** Ids of all rules of the flag, so that every evaluation can be counted where `rule` is null. */
  readonly rules?: readonly string[];
  /** Name of the units to count in place of events; null: there are none. Absent: events are counted. */
  readonly units?: string | null;
}
