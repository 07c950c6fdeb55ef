import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from './principal.js';
import type { ApiContext } from './role.guard.js';

/** The principal that RoleGuard let pass. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const [, , { principal }] = context.getArgs<[unknown, unknown, ApiContext]>();
  return principal as Principal;
});
