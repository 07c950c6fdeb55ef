import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { Problem } from '../domain/problem.js';
import { type Outlook, outlookOf, type UsualTraffic } from '../domain/rollout/outlook.js';
import { Store } from '../ports/store.js';

interface OutlookQuery {
  readonly environment: string;
  readonly key: string;
  readonly usual: UsualTraffic;
}

@Resolver()
export class OutlookResolver {
  constructor(private readonly store: Store) {}

  @Requires('viewer')
  @Query('rolloutOutlook')
  async rolloutOutlook(@Args() { environment, key, usual }: OutlookQuery): Promise<Outlook> {
    const { documents } = await this.store.image(environment);
    const rollout = documents.value('rollout', key);
    if (rollout === undefined)
      throw new Problem('NOT_FOUND', `There is no rollout "${key}" here.`, { field: 'key' });
    if (!(usual.perSecond > 0 && usual.perSecond <= 1e9))
      throw new Problem('INVALID_INPUT', 'Give requests a second: more than 0, at most 1e9.', {
        field: 'usual.perSecond',
      });
    if (!(usual.badShare >= 0 && usual.badShare <= 1))
      throw new Problem('INVALID_INPUT', 'Give a share from 0 to 1.', { field: 'usual.badShare' });
    return outlookOf(rollout, documents, usual);
  }
}
