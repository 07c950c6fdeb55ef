import { Module } from '@nestjs/common';
import { GuardsResolver } from './guards.resolver.js';

@Module({ providers: [GuardsResolver] })
export class GuardsModule {}
