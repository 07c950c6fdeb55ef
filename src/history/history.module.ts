import { Module } from '@nestjs/common';
import { ExplainResolver } from './explain.resolver.js';
import { HistoryResolver } from './history.resolver.js';

@Module({ providers: [ExplainResolver, HistoryResolver] })
export class HistoryModule {}
