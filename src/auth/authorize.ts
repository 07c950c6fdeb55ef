import { Problem } from '../domain/problem.js';
import type { Role } from '../domain/token.js';
import type { Principal } from './principal.js';

const RANK: Record<Role, number> = { viewer: 0, editor: 1, admin: 2 };

/** What an act asks of its caller: a role at least, in one environment or (null) over all. */
export interface Requirement {
  readonly role: Role;
  readonly environment: string | null;
}

/**
 * Lets an admin token of sufficient role and reach pass. Throws UNAUTHENTICATED without a principal, FORBIDDEN else;
 * an environment out of reach is FORBIDDEN whether it exists or not.
 */
export function authorize(principal: Principal | null, { role, environment }: Requirement): Principal {
  if (principal === null) {
    throw new Problem('UNAUTHENTICATED', 'Send a known admin token as "Authorization: Bearer …".');
  }
  if (principal.kind !== 'admin' || principal.role === null) {
    throw new Problem('FORBIDDEN', `A ${principal.kind} token can't use the admin API; use an admin token.`);
  }
  if (RANK[principal.role] < RANK[role]) {
    throw new Problem('FORBIDDEN', `This needs the role ${role}; the token has ${principal.role}.`);
  }
  if (!reaches(principal, environment)) {
    throw new Problem('FORBIDDEN', `This token does not reach ${environment ?? 'all environments'}.`);
  }
  return principal;
}

/** Whether a principal may act in an environment, or (null) over all of them. */
export function reaches(principal: Principal, environment: string | null): boolean {
  if (principal.environments === null) return true;
  return environment !== null && principal.environments.includes(environment);
}
