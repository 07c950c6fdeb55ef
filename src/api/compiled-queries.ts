import { type DocumentNode, Kind } from 'graphql';

/** Texts of queries whose parsed and compiled form is kept: the latest, and as many before them. Any distinct text makes one. */
export const KEPT_QUERIES = 250;

/**
 * Keeps a document of several operations from being compiled: mercurius keeps one compiled form for each text, and
 * would run the operation compiled first whichever is named. To hand the document back as a changed one says so.
 */
export function interpretSeveral(document: DocumentNode): { readonly document: DocumentNode } | undefined {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return operations.length > 1 ? { document } : undefined;
}
