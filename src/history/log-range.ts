import type { Change } from '../domain/change.js';
import { Problem } from '../domain/problem.js';
import type { HistoryPage, Store } from '../ports/store.js';

const PAGE = 100;
const MOST_CHANGES = 10_000;

/** Changes after revision `from` up to and including `to`; of one document (`flag/x`), where it is named. */
export interface LogRange {
  readonly from: number;
  readonly to: number;
  readonly document?: string;
}

/** The change of this revision. NOT_FOUND, LOG_TRIMMED; at `revision`. */
export async function changeAt(store: Store, environment: string, revision: number): Promise<Change> {
  const { changes } = await store.history(environment, { before: revision + 1, limit: 1 });
  const [change] = changes;
  if (change?.revision === revision) return change;
  const present = (await store.image(environment)).revision;
  if (revision < 1 || revision > present)
    throw new Problem('NOT_FOUND', `There is no change ${revision}; the last is ${present}.`, {
      field: 'revision',
    });
  throw trimmed(revision, 'revision');
}

/**
 * The changes of a range, newest first, a page at a time. LOG_TRIMMED, at `from`, where the log begins later;
 * TOO_LARGE for more than 10,000 of them.
 */
export async function* changesBetween(
  store: Store,
  environment: string,
  range: LogRange,
): AsyncGenerator<Change> {
  const { from, to } = range;
  if (from === to) return;
  const { changes } = await store.history(environment, { before: from + 2, limit: 1 });
  if (changes[0]?.revision !== from + 1) throw trimmed(from + 1, 'from');
  let left = MOST_CHANGES;
  for await (const change of changesUpTo(store, environment, range)) {
    if (change.revision <= from) return;
    if (left === 0) {
      const message = `More than ${MOST_CHANGES} changes: ask for a part.`;
      throw new Problem('TOO_LARGE', message, { field: 'from' });
    }
    left -= 1;
    yield change;
  }
}

async function* changesUpTo(
  store: Store,
  environment: string,
  { to, document }: LogRange,
): AsyncGenerator<Change> {
  const query = { limit: PAGE, ...(document === undefined ? {} : { document }) };
  for (let before: number | undefined = to + 1; before !== undefined;) {
    const page: HistoryPage = await store.history(environment, { ...query, before });
    yield* page.changes;
    before = page.more ? page.changes.at(-1)?.revision : undefined;
  }
}

function trimmed(revision: number, field: string): Problem {
  return new Problem('LOG_TRIMMED', `The log does not hold change ${revision} any more.`, { field });
}
