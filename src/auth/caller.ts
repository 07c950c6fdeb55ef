import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { GraphQLResolveInfo } from 'graphql';
import type { Principal } from './principal.js';
import type { ApiContext } from './role.guard.js';

/** Who asks, and by which query or mutation of the schema. */
export interface Caller extends Principal {
  readonly operation: string;
}

/** The caller that RoleGuard let pass. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const [, , { principal }, { fieldName }] =
    context.getArgs<[unknown, unknown, ApiContext, GraphQLResolveInfo]>();
  return { ...(principal as Principal), operation: fieldName };
});

/** Asks whether whoever asked is still there to be answered: of long work, so that it can be given up. */
export const CallerIsGone = createParamDecorator((_: unknown, context: ExecutionContext): (() => boolean) => {
  const [, , { isGone }] = context.getArgs<[unknown, unknown, ApiContext]>();
  return isGone ?? (() => false);
});
