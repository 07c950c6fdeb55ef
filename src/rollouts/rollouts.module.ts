import { Module } from '@nestjs/common';
import { OutlookResolver } from './outlook.resolver.js';
import { RolloutsResolver } from './rollouts.resolver.js';

@Module({ providers: [RolloutsResolver, OutlookResolver] })
export class RolloutsModule {}
