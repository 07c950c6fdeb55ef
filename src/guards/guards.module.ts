import { Module } from '@nestjs/common';
import { GuardEvidenceResolver } from './guard-evidence.resolver.js';
import { GuardReportResolver } from './guard-report.resolver.js';
import { GuardHistoryResolver } from './guard-history.resolver.js';
import { VerdictsResolver } from './verdicts.resolver.js';
import { GuardsResolver } from './guards.resolver.js';

@Module({
  providers: [
    GuardsResolver,
    GuardReportResolver,
    GuardEvidenceResolver,
    GuardHistoryResolver,
    VerdictsResolver,
  ],
})
export class GuardsModule {}
