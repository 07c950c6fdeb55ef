/** Istio's StringMatch. The empty one asks for presence. */
export type StringMatch =
  | { readonly exact: string }
  | { readonly prefix: string }
  | { readonly regex: string }
  | Record<string, never>;

interface TextMatch {
  readonly kind: 'exact' | 'prefix' | 'regex' | 'present';
  readonly value?: string;
}

export function stringMatch(match: TextMatch): StringMatch {
  const value = match.value ?? '';
  if (match.kind === 'present') return {};
  if (match.kind === 'prefix') return { prefix: value };
  return match.kind === 'exact' ? { exact: value } : { regex: value };
}

/** Header key by which Istio matches a claim of a verified token. Brackets where a name has more than letters. */
export function claimKey(claim: readonly string[]): string {
  const [name = ''] = claim;
  const plain = claim.length === 1 && /^[A-Za-z0-9_-]+$/.test(name);
  return `@request.auth.claims${plain ? `.${name}` : claim.map((level) => `[${level}]`).join('')}`;
}
