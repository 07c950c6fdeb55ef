import type { StoredFlag } from './flag.js';

/**
 * Why a flag should be looked at: its date has passed; it was not evaluated; or every evaluation answered the one variant.
 */
export const STALE_REASONS = ['EXPIRED', 'UNSEEN', 'ONE_VARIANT'] as const;
export type StaleReason = (typeof STALE_REASONS)[number];

export interface Staleness {
  readonly reason: StaleReason;
  /** The one variant, with ONE_VARIANT. */
  readonly variant: string | null;
}

/** What was observed of a flag. */
export interface Observed {
  /** Variant → when it was last evaluated, epoch ms. */
  readonly seen: ReadonlyMap<string, number>;
  /** Whether the flag stands unchanged, and its environment was counted, all through the days that are looked at. */
  readonly isSettled: boolean;
}

/**
 * Whether and why a flag is stale at `now` (epoch ms), by what was observed since `since`. An archived flag never is. A
 * permanent one may answer the same for ever. Clients may report evaluations that never were: that can hide a stale flag
 * and never make one.
 */
export function stalenessOf(
  flag: StoredFlag,
  { seen, isSettled }: Observed,
  { now, since }: { readonly now: number; readonly since: number },
): Staleness | null {
  if (flag.archived === true) return null;
  if (isExpired(flag, now)) return { reason: 'EXPIRED', variant: null };
  if (!isSettled) return null;
  const variants = [...seen].filter(([, at]) => at >= since).map(([variant]) => variant);
  const [only, ...others] = variants;
  if (only === undefined) return { reason: 'UNSEEN', variant: null };
  return others.length === 0 && flag.lifetime === 'temporary'
    ? { reason: 'ONE_VARIANT', variant: only }
    : null;
}

/** Whether a flag's date has passed at `now`, epoch ms. */
export function isExpired({ expiresAt }: Pick<StoredFlag, 'expiresAt'>, now: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now;
}
