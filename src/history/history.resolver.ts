import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { type HistoryPage, Store } from '../ports/store.js';

interface HistoryQuery {
  readonly environment: string;
  readonly document?: string | null;
  readonly first?: number | null;
  readonly before?: number | null;
}

@Resolver('Change')
export class HistoryResolver {
  constructor(private readonly store: Store) {}

  @Requires('viewer')
  @Query('history')
  history(@Args() { environment, document, first, before }: HistoryQuery): Promise<HistoryPage> {
    return this.store.history(environment, {
      limit: Math.min(Math.max(first ?? 50, 1), 200),
      ...(document == null ? {} : { document }),
      ...(before == null ? {} : { before }),
    });
  }
}
