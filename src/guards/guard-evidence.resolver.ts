import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { Problem } from '../domain/problem.js';
import { guardEvidence, type GuardEvidenceView } from '../domain/rollout/guard-evidence.js';
import { Store } from '../ports/store.js';

interface EvidenceQuery {
  readonly environment: string;
  readonly key: string;
  readonly subject: string;
}

@Resolver()
export class GuardEvidenceResolver {
  constructor(private readonly store: Store) {}

  @Requires('viewer')
  @Query('guardEvidence')
  async guardEvidence(@Args() { environment, key, subject }: EvidenceQuery): Promise<GuardEvidenceView> {
    const image = await this.store.image(environment);
    const found = guardEvidence(image, { guard: key, subject }, await this.store.now());
    if (found !== null) return found;
    if (image.documents.value('guard', key) === undefined)
      throw new Problem('NOT_FOUND', `There is no guard "${key}" here.`, { field: 'key' });
    const message = `Guard "${key}" has no record of "${subject}" here: its records say of what it has.`;
    throw new Problem('NOT_FOUND', message, { field: 'subject' });
  }
}
