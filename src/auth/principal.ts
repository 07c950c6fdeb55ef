import type { Role, Token, TokenKind } from '../domain/token.js';
import type { Budgets } from './rates.js';

/** Who asks, as proved by a token. `environments` null = all of them (global admin tokens only). */
export interface Principal {
  /** Key of the token; `token:<key>` is the actor of what it writes. */
  readonly token: string;
  readonly kind: TokenKind;
  readonly role: Role | null;
  readonly environments: readonly string[] | null;
  /** What the token may still do at this process; none = whatever it likes. */
  readonly budgets?: Budgets;
}

export function toPrincipal(token: Token): Principal {
  return { token: token.key, kind: token.kind, role: token.role, environments: token.environments };
}

/** The actor that changes of this principal are logged under. */
export function actorOf(principal: Principal): string {
  return `token:${principal.token}`;
}
