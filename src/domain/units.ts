/** How long after its first exposure what a unit does counts, seconds: one of these. */
export const ATTRIBUTION_WINDOWS = [
  10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400,
] as const;

/** Units kept whole; from the next so many only every other hash is, then every fourth, and so on. */
export const UNITS_PER_LEVEL = 10_000;
/** Levels at most: beyond, every 2^20th hash is kept. */
export const MOST_LEVELS = 20;

/** The hashes below this are kept where `kept` units are already: all of them first, then half, a quarter … */
export function hashLimit(kept: number, perLevel = UNITS_PER_LEVEL): number {
  return 2 ** (32 - Math.min(MOST_LEVELS, Math.floor(kept / perLevel)));
}

/** One run of a rollout's split; what is counted of its units has this name. Keys never contain `|`. */
export interface UnitSeries {
  readonly flag: string;
  /** Id of the split's rule. */
  readonly rule: string;
  readonly run: number;
}

/** Spells the name of a series of units. */
export function unitSeriesName({ flag, rule, run }: UnitSeries): string {
  return `${flag}|${rule}|${run}`;
}

/**
 * Units that one process saw: hashes in [0, 2^32), never keys. `event` is `exposures` or an event; `share` is the weight of
 * the variant in the split by which it was decided, in 100,000ths.
 */
export interface UnitSighting {
  readonly variant: string;
  readonly event: string;
  readonly share: number;
  readonly units: readonly number[];
}

/** Distinct units of one series. */
export interface UnitCounts {
  /** `<share>|<variant>` → units first exposed so, all windows together. */
  readonly assigned: ReadonlyMap<string, number>;
  /**
   * Window of first exposure → what became of its units: `cohortName` → how many. Windows without are left out. A unit
   * belongs to the variant and window of its first exposure, whatever it is served later.
   */
  readonly cohorts: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

/**
 * Name of a count in a cohort: units exposed to `variant`, or (`within`: index into `ATTRIBUTION_WINDOWS`) those among them
 * that did `event` for the first time within that time, and not within the one before.
 */
export function cohortName(variant: string, event: string, within?: number): string {
  return within === undefined ? `${variant}|${event}` : `${variant}|${event}|${within}`;
}

/** The attribution windows in windows of counts of `length` ms. */
export function attributionLags(length: number): readonly number[] {
  return ATTRIBUTION_WINDOWS.map((seconds) => Math.ceil((seconds * 1_000) / length));
}
