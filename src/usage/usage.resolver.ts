import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { Problem } from '../domain/problem.js';
import type { Staleness } from '../domain/staleness.js';
import { Store, USAGE_HOUR, type HourlyUsage } from '../ports/store.js';
import { StalenessService } from './staleness.service.js';

const MOST_HOURS = 90 * 24;
const LAST_HOUR = 8.64e15 / USAGE_HOUR;

interface UsageQuery {
  readonly environment: string;
  readonly flag: string;
  readonly from?: number | null;
  readonly to?: number | null;
}

interface VariantCount {
  readonly variant: string;
  readonly evaluations: number;
}

interface Usage {
  readonly flag: string;
  readonly lastSeen: number | null;
  readonly variants: readonly (VariantCount & { readonly lastSeen: number | null })[];
  readonly hours: readonly { readonly at: number; readonly variants: readonly VariantCount[] }[];
  readonly stale: Staleness | null;
}

@Resolver()
export class UsageResolver {
  constructor(
    private readonly store: Store,
    private readonly staleness: StalenessService,
  ) {}

  @Requires('viewer')
  @Query('usage')
  async usage(@Args() { environment, flag: key, from, to }: UsageQuery): Promise<Usage> {
    const flag = (await this.store.image(environment)).documents.get('flag', key);
    if (flag === undefined)
      throw new Problem('NOT_FOUND', `There is no flag "${key}" here.`, { field: 'flag' });
    const until = hourOf(to ?? (await this.store.now()));
    const since = from == null ? until - 23 : hourOf(from);
    // Beyond the dates there are, numbers have no next one.
    if (since > until || until - since > MOST_HOURS || Math.max(-since, until) > LAST_HOUR)
      throw new Problem('INVALID_INPUT', 'Ask for a span of at most 90 days: from before to.', {
        field: 'from',
      });
    const hourly = await this.store.readUsage(environment, key, since, until);
    const seen = (await this.store.readLastSeen(environment)).flags.get(key) ?? new Map<string, number>();
    const stale = (await this.staleness.check(environment, null))(flag);
    const totals = totalsOf(hourly);
    const names = new Set([...Object.keys(flag.value.variants), ...totals.keys(), ...seen.keys()]);
    return {
      flag: key,
      lastSeen: seen.size === 0 ? null : Math.max(...seen.values()),
      variants: [...names].sort().map((variant) => ({
        variant,
        evaluations: totals.get(variant) ?? 0,
        lastSeen: seen.get(variant) ?? null,
      })),
      hours: hoursOf(hourly),
      stale,
    };
  }
}

function hourOf(time: number): number {
  return Math.floor(time / USAGE_HOUR);
}

function totalsOf(hourly: HourlyUsage): Map<string, number> {
  const totals = new Map<string, number>();
  for (const [variant, count] of [...hourly.values()].flatMap((variants) => [...variants]))
    totals.set(variant, (totals.get(variant) ?? 0) + count);
  return totals;
}

function hoursOf(hourly: HourlyUsage): Usage['hours'] {
  return [...hourly]
    .sort(([a], [b]) => a - b)
    .map(([hour, variants]) => ({
      at: hour * USAGE_HOUR,
      variants: [...variants]
        .map(([variant, evaluations]) => ({ variant, evaluations }))
        .sort((a, b) => (a.variant < b.variant ? -1 : 1)),
    }));
}
