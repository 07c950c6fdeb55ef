import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { labelSchema } from '../domain/key.js';
import { Problem } from '../domain/problem.js';
import type { Role } from '../domain/token.js';
import { authorize } from './authorize.js';
import type { Principal } from './principal.js';
import { ANYWHERE, EVERYWHERE, REQUIRED_IN, REQUIRED_ROLE } from './requires.js';

/** What the GraphQL context holds. */
export interface ApiContext {
  readonly principal: Principal | null;
  /** Whether the connection is closed that an answer would go to. */
  readonly isGone?: () => boolean;
}

type Named = { readonly [argument: string]: unknown };
type Arguments = Named & { readonly input?: Named };

/**
 * Authorises every query and mutation by the role that its resolver requires and the environment that its arguments
 * name (none = all environments). Deny by default: a resolver that states no role is refused.
 */
@Injectable()
export class RoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType<string>() !== 'graphql') return true;
    const [, args, { principal }] = context.getArgs<[unknown, Arguments, ApiContext]>();
    const each = this.reflector.get<Record<string, Role> | undefined>(REQUIRED_IN, context.getHandler());
    if (each !== undefined) return authorizeEach(principal, args, each);
    const role = this.reflector.get<Role | undefined>(REQUIRED_ROLE, context.getHandler());
    if (role === undefined)
      throw new Problem('FORBIDDEN', 'This operation states no role, so nobody may call it.');
    const named = environmentNamed(args, 'environment');
    authorize(principal, { role, environment: this.#reached(context, principal, named) });
    checkName(named);
    return true;
  }

  /** The environment that the token must reach, null for all of them. */
  #reached(context: ExecutionContext, principal: Principal | null, named: string | null): string | null {
    const says = (name: string): boolean =>
      this.reflector.get<boolean | undefined>(name, context.getHandler()) === true;
    if (says(EVERYWHERE)) return null;
    return says(ANYWHERE) ? (principal?.environments?.[0] ?? null) : named;
  }
}

/** All are authorised before any name is looked at, so that nobody learns of environments out of reach. */
function authorizeEach(principal: Principal | null, args: Arguments, roles: Record<string, Role>): true {
  const named = Object.entries(roles).map(([name, role]) => ({
    role,
    environment: environmentNamed(args, name),
  }));
  for (const requirement of named) authorize(principal, requirement);
  for (const { environment } of named) checkName(environment);
  return true;
}

function environmentNamed(args: Arguments, name: string): string | null {
  const environment = args[name] ?? args.input?.[name];
  return typeof environment === 'string' ? environment : null;
}

/** The registry has a scope of its own, which is nobody's environment. */
function checkName(environment: string | null): void {
  if (environment === null || labelSchema.safeParse(environment).success) return;
  throw new Problem('NOT_FOUND', 'There is no such environment.', { field: 'environment' });
}
