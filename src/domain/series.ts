/** Name of the built-in event: one evaluation of the flag. */
export const EXPOSURES = 'exposures';

/** What one count belongs to. `rule` null: no rule decided (target, default, off). */
export interface Series {
  readonly flag: string;
  readonly rule: string | null;
  readonly variant: string;
  readonly event: string;
  /** Of the values; absent: all of them. */
  readonly bucket?: number | undefined;
}

/** Spells the name of a series of counts. Keys never contain `|`. */
export function seriesName({ flag, rule, variant, event, bucket }: Series): string {
  const name = `${flag}|${rule ?? ''}|${variant}|${event}`;
  return bucket === undefined ? name : `${name}|${bucket}`;
}
