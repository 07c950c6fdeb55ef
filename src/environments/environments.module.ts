import { Module } from '@nestjs/common';
import { EnvironmentsResolver } from './environments.resolver.js';
import { EnvironmentsService } from './environments.service.js';
import { GatewayEdgesResolver } from './gateway-edges.resolver.js';
import { GatewayEdgesService } from './gateway-edges.service.js';

@Module({ providers: [EnvironmentsResolver, EnvironmentsService, GatewayEdgesResolver, GatewayEdgesService] })
export class EnvironmentsModule {}
