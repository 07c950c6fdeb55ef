import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { Role } from '../domain/token.js';

export const REQUIRED_ROLE = 'tidegate:role';
export const ANYWHERE = 'tidegate:anywhere';
export const EVERYWHERE = 'tidegate:everywhere';
export const REQUIRED_IN = 'tidegate:roles';

/** The least role that may call a resolver. A root resolver without it is refused to everybody. */
export const Requires = (role: Role): MethodDecorator => applyDecorators(SetMetadata(REQUIRED_ROLE, role));

/**
 * As `Requires`, for operations over environments that answer by what the token reaches: one environment suffices. The
 * resolver must filter.
 */
export const RequiresAnywhere = (role: Role): MethodDecorator =>
  applyDecorators(SetMetadata(REQUIRED_ROLE, role), SetMetadata(ANYWHERE, true));

/** As `Requires`, for what reaches beyond the environment that it names: only a token of all environments may. */
export const RequiresEverywhere = (role: Role): MethodDecorator =>
  applyDecorators(SetMetadata(REQUIRED_ROLE, role), SetMetadata(EVERYWHERE, true));

/** For operations over several environments: the least role in each, by the argument (or field of the input) that names it. */
export const RequiresIn = (roles: { readonly [argument: string]: Role }): MethodDecorator =>
  applyDecorators(SetMetadata(REQUIRED_IN, roles));
