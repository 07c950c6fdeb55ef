/** One person who comes to the shop. `groups` is what the shop's login has checked; a liar only says so. */
export interface Visitor {
  readonly id: string;
  readonly kind: 'employee' | 'customer' | 'liar';
}

/** What one visitor got last: the flag's answer and the version that served the request. */
export interface Visit {
  readonly flag: boolean;
  readonly version: string;
  readonly status: number;
}

export function makeVisitors(): readonly Visitor[] {
  const people = (kind: Visitor['kind'], count: number): Visitor[] =>
    Array.from({ length: count }, (_, index) => ({ id: `${kind}-${index + 1}`, kind }));
  return [...people('employee', 10), ...people('customer', 188), ...people('liar', 2)];
}

/** The evaluation context that the shop's front makes of a visitor. Only its own login may say `verified`. */
export function contextOf({ id, kind }: Visitor): { readonly [attribute: string]: unknown } {
  if (kind === 'employee') return { targetingKey: id, verified: { groups: ['employees'] } };
  if (kind === 'liar') return { targetingKey: id, groups: ['employees'] };
  return { targetingKey: id };
}
