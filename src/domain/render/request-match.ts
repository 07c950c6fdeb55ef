import type { HeaderMatch, RequestMatch } from '../route-table.js';

/** Whether a match asks for nothing. */
export function isEveryRequest(match: RequestMatch): boolean {
  const { headers, without, claims, query = [], path, method } = match;
  return (
    headers.length + without.length + claims.length + query.length === 0 &&
    path === undefined &&
    method === undefined
  );
}

/** What an entry's `matches` says for alternatives: empty as soon as one of them is every request. */
export function anyOf(terms: readonly RequestMatch[]): readonly RequestMatch[] {
  return terms.some(isEveryRequest) ? [] : terms;
}

/** Each of `terms`, and the header too. */
export function withHeader(terms: readonly RequestMatch[], header: HeaderMatch): readonly RequestMatch[] {
  return terms.map((term) => ({ ...term, headers: [...term.headers, header] }));
}
