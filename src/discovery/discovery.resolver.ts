import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { discovered, type Discovery, undiscovered } from '../domain/discovery/discovered.js';
import { lookAt } from '../domain/discovery/look-at.js';
import { stateKey } from '../domain/image.js';
import type { RouteStatus } from '../domain/route-status.js';
import { Store } from '../ports/store.js';
import { Workloads } from './workloads.js';

/** The first question waits so long for the first lists, ms. */
const PATIENCE = 3_000;

@Resolver('Discovery')
export class DiscoveryResolver {
  constructor(
    private readonly store: Store,
    private readonly workloads: Workloads,
  ) {}

  @Requires('viewer')
  @Query('discovery')
  async discovery(
    @Args('environment') environment: string,
    @Args('route') key: string,
  ): Promise<Discovery | null> {
    const image = await this.store.image(environment);
    const route = image.documents.get('route', key);
    if (route === undefined) return null;
    const status = image.states.get(stateKey.route(key))?.value as RouteStatus | undefined;
    await this.workloads.settled(PATIENCE);
    const known = this.workloads.behind(route.value.service);
    const look = lookAt(image, route, 'unknown' in known ? [] : known.workloads, Date.now());
    return 'unknown' in known ? undiscovered(look, known.unknown) : discovered(look, status?.ready);
  }
}
