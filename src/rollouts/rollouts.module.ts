import { Module } from '@nestjs/common';
import { RolloutsResolver } from './rollouts.resolver.js';

@Module({ providers: [RolloutsResolver] })
export class RolloutsModule {}
