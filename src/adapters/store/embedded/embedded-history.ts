import type { Change } from '../../../domain/change.js';
import type { HistoryPage } from '../../../ports/store.js';
import { concerns } from '../concerns.js';
import type { HistoryQuery, LogEntry } from '../ledger.js';
import { embeddedKeys } from './embedded-keys.js';
import type { EmbeddedDatabase } from './write-queue.js';

/** A page of the log, newest first. */
export function pageOf(database: EmbeddedDatabase, scope: string, query: HistoryQuery): HistoryPage {
  const newest = (query.before ?? Number.MAX_SAFE_INTEGER) - 1;
  const changes: Change[] = [];
  const range = {
    start: embeddedKeys.log(scope, newest),
    end: embeddedKeys.log(scope, 0),
    reverse: true,
  };
  for (const { value } of database.getRange(range)) {
    const { change } = value as LogEntry;
    if (query.document !== undefined && !concerns(change, query.document)) continue;
    if (changes.length === query.limit) return { changes, more: true };
    changes.push(change);
  }
  return { changes, more: false };
}
