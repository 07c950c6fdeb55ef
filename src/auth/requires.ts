import { SetMetadata } from '@nestjs/common';
import type { Role } from '../domain/token.js';

export const REQUIRED_ROLE = 'tidegate:role';

/** The least role that may call a resolver. A root resolver without it is refused to everybody. */
export const Requires = (role: Role): MethodDecorator => SetMetadata(REQUIRED_ROLE, role) as MethodDecorator;
