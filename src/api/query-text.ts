import { Problem } from '../domain/problem.js';

/**
 * Refuses a query that is JSON: no GraphQL document is, and mercurius would take one for a document that was parsed
 * already, past the limits of its parser. INVALID_INPUT.
 */
export function checkQueryText(source: string): void {
  if (isJson(source))
    throw new Problem('INVALID_INPUT', 'The query is JSON: send a GraphQL document, as text.');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
