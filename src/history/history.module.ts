import { Module } from '@nestjs/common';
import { DifferencesResolver } from './differences.resolver.js';
import { ExplainResolver } from './explain.resolver.js';
import { HistoryResolver } from './history.resolver.js';
import { PromotionResolver } from './promotion.resolver.js';
import { RevertResolver } from './revert.resolver.js';

@Module({
  providers: [DifferencesResolver, ExplainResolver, HistoryResolver, PromotionResolver, RevertResolver],
})
export class HistoryModule {}
