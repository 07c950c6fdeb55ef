import { Problem } from '../domain/problem.js';

/** How GraphQL begins and JSON never does; the rest is tried, which costs much where it fails. */
const SURELY_GRAPHQL = /^\s*(?:\{\s*[^\s"}]|query\b|mutation\b|subscription\b|fragment\b)/;

/**
 * Refuses a query that is JSON: no GraphQL document is, and mercurius would take one for a document that was parsed
 * already, past the limits of its parser. INVALID_INPUT.
 */
export function checkQueryText(source: string): void {
  if (isJson(source))
    throw new Problem('INVALID_INPUT', 'The query is JSON: send a GraphQL document, as text.');
}

function isJson(text: string): boolean {
  if (SURELY_GRAPHQL.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
