import type { Guard } from '../domain/guard.js';

/** What a guard watches, resolved: arms by label value (Prometheus) or by variant (events), and the scope to read in. */
export interface GuardSubject {
  readonly environment: string;
  readonly guard: Guard;
  /** Names of the arms as the source knows them: version names, cluster names, or variants. */
  readonly arms: { readonly new: string; readonly control: string };
  /** The route behind a template, with its service; null for flag-only subjects. */
  readonly route: { readonly key: string; readonly service: string; readonly port: number } | null;
  /** Events of a rollout count only what this rule decided; null: every evaluation of the flag. */
  readonly rule: string | null;
}

/** Bad events and total of one arm in one window; null = no data for this arm, which is not zero. */
export interface ArmCounts {
  readonly bad: number;
  readonly total: number;
}

/** One window: the span (from, to] in epoch ms of the source's clock. A null arm had no data. */
export interface MetricWindow {
  readonly from: number;
  readonly to: number;
  readonly new: ArmCounts | null;
  readonly control: ArmCounts | null;
}

/**
 * What came after a watermark. `windows` in order, each starting where the last ended; `watermark` is the end of the
 * last one (or the old watermark). `unknown` says why nothing can be said (query error, warning of a partial answer).
 * `lost` is the span in ms that was too old to be read any more. `cursor` is opaque and handed back next time.
 */
export interface MetricReading {
  readonly windows: readonly MetricWindow[];
  readonly watermark: number;
  readonly unknown: string | null;
  readonly lost: number;
}

/** Windows of counts for guards. Two adapters: Prometheus, and events (the store's own counts). */
export abstract class MetricSource {
  /** The `source` of guards that this adapter serves. */
  abstract readonly name: Guard['source'];
  /**
   * Windows after `watermark` (epoch ms, the end of the last applied window) for each subject, in the order given. One
   * query serves all subjects that share it. Never rejects: trouble is `unknown`.
   */
  abstract read(
    subjects: readonly { readonly subject: GuardSubject; readonly watermark: number }[],
    now: number,
  ): Promise<readonly MetricReading[]>;
}
