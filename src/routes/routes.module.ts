import { Module } from '@nestjs/common';
import { RoutesResolver } from './routes.resolver.js';

@Module({ providers: [RoutesResolver] })
export class RoutesModule {}
