import { Args, Query, Resolver } from '@nestjs/graphql';
import {
  type ComparisonFilter,
  type Comparison,
  compareEnvironments,
} from '../domain/compare-environments.js';
import { type DocumentDiff, NetChanges } from '../domain/net-changes.js';
import { Problem } from '../domain/problem.js';
import { Requires, RequiresIn } from '../auth/requires.js';
import { Store } from '../ports/store.js';
import { checkDocument } from './document-name.js';
import { changesBetween } from './log-range.js';

interface DiffQuery {
  readonly environment: string;
  readonly from: number;
  readonly to?: number | null;
  readonly document?: string | null;
}

interface Diff {
  readonly from: number;
  readonly to: number;
  readonly documents: readonly DocumentDiff[];
}

interface ComparisonQuery {
  readonly from: string;
  readonly to: string;
  readonly filter?: ComparisonFilter | null;
}

type EnvironmentComparison = Comparison & {
  readonly from: string;
  readonly to: string;
  readonly fromRevision: number;
  readonly toRevision: number;
};

@Resolver()
export class DifferencesResolver {
  constructor(private readonly store: Store) {}

  @Requires('viewer')
  @Query('diff')
  async diff(@Args() { environment, from, to, document }: DiffQuery): Promise<Diff> {
    checkDocument(document);
    const { revision } = await this.store.image(environment);
    const end = to ?? revision;
    if (end > revision)
      throw new Problem('NOT_FOUND', `There is no revision ${end}; the last is ${revision}.`, {
        field: 'to',
      });
    if (from < 0 || from > end)
      throw new Problem('INVALID_INPUT', `Give a revision from 0 to ${end}.`, { field: 'from' });
    const net = new NetChanges();
    const range = { from, to: end, ...(document == null ? {} : { document }) };
    for await (const change of changesBetween(this.store, environment, range)) net.takeEarlier(change);
    const named = (one: DocumentDiff): boolean => document == null || `${one.kind}/${one.key}` === document;
    return { from, to: end, documents: net.diffs().filter(named) };
  }

  @RequiresIn({ from: 'viewer', to: 'viewer' })
  @Query('compareEnvironments')
  async compareEnvironments(@Args() { from, to, filter }: ComparisonQuery): Promise<EnvironmentComparison> {
    const [one, other] = [await this.store.image(from), await this.store.image(to)];
    return {
      from,
      to,
      fromRevision: one.revision,
      toRevision: other.revision,
      ...compareEnvironments(one.documents, other.documents, filter ?? {}),
    };
  }
}
