import type { HeaderMatch } from '../../../domain/route-table.js';

/** Istio's StringMatch. The empty one asks for presence. */
export type StringMatch = { readonly exact: string } | { readonly regex: string } | Record<string, never>;

export function stringMatch(match: Pick<HeaderMatch, 'kind'> & { readonly value?: string }): StringMatch {
  const value = match.value ?? '';
  if (match.kind === 'present') return {};
  return match.kind === 'exact' ? { exact: value } : { regex: value };
}

/** Header key by which Istio matches a claim of a verified token. Brackets where a name has more than letters. */
export function claimKey(claim: readonly string[]): string {
  const [name = ''] = claim;
  const plain = claim.length === 1 && /^[A-Za-z0-9_-]+$/.test(name);
  return `@request.auth.claims${plain ? `.${name}` : claim.map((level) => `[${level}]`).join('')}`;
}
