import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import type { Stored } from '../domain/documents.js';
import type { StoredFlag } from '../domain/flag.js';
import { type Connection, pageSize } from '../domain/page.js';
import { type Hit, search, type SearchQuery } from '../domain/search.js';
import type { Staleness } from '../domain/staleness.js';
import { Store } from '../ports/store.js';
import { type StalenessCheck, StalenessService } from '../usage/staleness.service.js';

interface SearchArguments {
  readonly environment: string;
  readonly text?: string | null;
  readonly filter?: (Omit<SearchQuery, 'text'> & StaleFilter) | null;
  readonly first?: number | null;
  readonly after?: string | null;
}

interface StaleFilter {
  readonly stale?: boolean | null;
  readonly staleDays?: number | null;
}

interface SearchHit extends Pick<Hit, 'match'> {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
  readonly description: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly stale: Staleness | null;
}

@Resolver()
export class SearchResolver {
  constructor(
    private readonly store: Store,
    private readonly staleness: StalenessService,
  ) {}

  @Requires('viewer')
  @Query('search')
  async search(@Args() args: SearchArguments): Promise<Connection<SearchHit>> {
    const { environment, text, filter, first, after } = args;
    const size = pageSize(first);
    const { documents } = await this.store.image(environment);
    const check = await this.staleness.check(environment, filter?.staleDays);
    const hits = search(documents, { ...filter, text }, await this.store.now());
    const wanted = filter?.stale == null ? hits : hits.filter(staleAs(filter.stale, check));
    const rest = after == null ? wanted : wanted.filter(({ place }) => place > placeIn(after));
    const edges = rest.slice(0, size).map((hit) => ({ cursor: cursorOf(hit), node: shown(hit, check) }));
    return {
      edges,
      pageInfo: { hasNextPage: rest.length > size, endCursor: edges.at(-1)?.cursor ?? null },
      totalCount: wanted.length,
    };
  }
}

function staleAs(stale: boolean, check: StalenessCheck): (hit: Hit) => boolean {
  return ({ stored }) => stored.kind === 'flag' && (check(stored as Stored<'flag'>) !== null) === stale;
}

function shown({ stored, match }: Hit, check: StalenessCheck): SearchHit {
  const { kind, key, revision, value } = stored;
  const { description = '', owner = '', tags = [] } = value as Partial<StoredFlag>;
  const stale = kind === 'flag' ? check(stored as Stored<'flag'>) : null;
  return { kind, key, revision, match, description, owner, tags, stale };
}

function cursorOf({ place }: Hit): string {
  return Buffer.from(place).toString('base64url');
}

function placeIn(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}
