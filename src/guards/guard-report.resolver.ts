import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { Problem } from '../domain/problem.js';
import { type GuardReport, guardReport } from '../domain/rollout/guard-report.js';
import { Store } from '../ports/store.js';

interface ReportQuery {
  readonly environment: string;
  readonly alpha: number;
}

@Resolver()
export class GuardReportResolver {
  constructor(private readonly store: Store) {}

  @Requires('viewer')
  @Query('guardReport')
  async guardReport(@Args() { environment, alpha }: ReportQuery): Promise<GuardReport> {
    if (!(alpha > 0 && alpha < 1))
      throw new Problem('INVALID_INPUT', 'Give a share between 0 and 1, such as 0.05.', { field: 'alpha' });
    return guardReport(await this.store.image(environment), alpha, await this.store.now());
  }
}
