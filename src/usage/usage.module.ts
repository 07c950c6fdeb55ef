import { Global, Module } from '@nestjs/common';
import { StalenessService } from './staleness.service.js';
import { UsageResolver } from './usage.resolver.js';

/** What was observed of flags; lists and search ask it which are stale. */
@Global()
@Module({ providers: [StalenessService, UsageResolver], exports: [StalenessService] })
export class UsageModule {}
