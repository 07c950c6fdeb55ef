import { Args, Query, Resolver } from '@nestjs/graphql';
import { pageSize } from '../domain/page.js';
import { Requires } from '../auth/requires.js';
import { type HistoryPage, Store } from '../ports/store.js';
import { checkDocument } from './document-name.js';

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
  async history(@Args() { environment, document, first, before }: HistoryQuery): Promise<HistoryPage> {
    checkDocument(document);
    return this.store.history(environment, {
      limit: pageSize(first),
      ...(document == null ? {} : { document }),
      ...(before == null ? {} : { before }),
    });
  }
}
