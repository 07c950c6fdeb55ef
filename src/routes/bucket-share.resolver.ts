import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import type { BucketShare } from '../domain/bucket-figure.js';
import { Problem } from '../domain/problem.js';
import { BucketShares } from '../ports/bucket-shares.js';
import { Store } from '../ports/store.js';

const LONGEST = 60;

@Resolver('BucketShare')
export class BucketShareResolver {
  constructor(
    private readonly store: Store,
    private readonly shares: BucketShares,
  ) {}

  @Requires('viewer')
  @Query('bucketShare')
  async bucketShare(
    @Args('environment') environment: string,
    @Args('route') route: string,
    @Args('minutes') minutes: number,
  ): Promise<BucketShare | null> {
    if (minutes < 1 || minutes > LONGEST)
      throw new Problem('INVALID_INPUT', `minutes: must be 1 to ${LONGEST}.`, { field: 'minutes' });
    const { documents } = await this.store.image(environment);
    if (documents.get('route', route) === undefined) return null;
    return this.shares.of({ environment, route }, minutes * 60, await this.store.now());
  }
}
