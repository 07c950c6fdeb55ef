import { Logger } from '@nestjs/common';
import { stateKey } from '../domain/image.js';
import type { RouteStatus } from '../domain/route-status.js';
import type { Mesh } from '../ports/mesh.js';
import type { Store } from '../ports/store.js';

/** Tells of objects that are marked as ours but belong to no route known here. They are left alone. */
export class OrphanReport {
  readonly #log = new Logger(OrphanReport.name);
  #told = '';

  constructor(
    private readonly store: Store,
    private readonly mesh: Mesh,
    private readonly environment: string,
  ) {}

  /** Looks, and writes to the log when there are others than last time. */
  async report(): Promise<void> {
    const owners = await this.mesh.owners();
    const { documents, states } = await this.store.image(this.environment);
    const orphans = owners
      .filter(({ environment, route }) => {
        const status = states.get(stateKey.route(route))?.value as RouteStatus | undefined;
        const known = documents.get('route', route) !== undefined || status?.phase === 'releasing';
        return environment === this.environment && !known;
      })
      .map(({ route, namespace }) => `${namespace}/${route}`)
      .sort()
      .join(', ');
    if (orphans !== '' && orphans !== this.#told) {
      this.#log.warn(`objects of ${this.environment} without a route, left alone: ${orphans}`);
    }
    this.#told = orphans;
  }
}
