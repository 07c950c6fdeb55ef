import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentPrincipal } from '../auth/current-principal.js';
import type { Principal } from '../auth/principal.js';
import { Requires } from '../auth/requires.js';
import { type Ref, ref } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { planChange, type ProposedEdit } from '../domain/plan-change.js';
import { Store } from '../ports/store.js';
import { ChangeService, type Outcome } from './change.service.js';
import type { ApplyChangesInput, DocumentChangeInput } from '../schema.types.js';

@Resolver()
export class ChangesResolver {
  constructor(
    private readonly changes: ChangeService,
    private readonly store: Store,
  ) {}

  @Requires('viewer')
  @Query('revision')
  async revision(@Args('environment') environment: string): Promise<number> {
    return (await this.store.image(environment)).revision;
  }

  @Requires('editor')
  @Mutation('applyChanges')
  applyChanges(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: ApplyChangesInput,
  ): Promise<Outcome> {
    const expected: Record<Ref, number> = {};
    for (const { kind, key, expectedRevision } of input.changes) {
      if (expectedRevision !== undefined && expectedRevision !== null)
        expected[ref(kind, key)] = expectedRevision;
    }
    return this.changes.write(principal, input, (image, now) =>
      planChange(
        image,
        input.changes.map((change, index) => proposal(image, change, `changes.${index}`)),
        { now, actor: principal.token, expected },
      ),
    );
  }
}

function proposal(image: Image, { kind, key, value }: DocumentChangeInput, field: string): ProposedEdit {
  const present = image.documents.get(kind, key) !== undefined;
  if (value === undefined || value === null) return { kind, key, value: null, mode: 'delete', field };
  const whole = typeof value === 'object' && !Array.isArray(value) ? { ...value, key } : value;
  return { kind, key, value: whole, mode: present ? 'update' : 'create', field: `${field}.value` };
}
