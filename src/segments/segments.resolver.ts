import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Segment } from '@tidegate/sdk/engine';
import { CurrentPrincipal } from '../auth/current-principal.js';
import type { Principal } from '../auth/principal.js';
import { Requires } from '../auth/requires.js';
import { DocumentService, type DocumentWrite } from '../changes/document.service.js';
import { documentFields } from '../changes/fields.js';
import { type Payload, payloadOf } from '../changes/payload.js';
import type { Presented } from '../changes/presentation.js';
import { type Connection, hasText, paginate, type PageInput } from '../domain/page.js';
import type {
  CreateSegmentInput,
  DeleteSegmentInput,
  SegmentKeysInput,
  UpdateSegmentInput,
} from '../schema.types.js';

@Resolver('Segment')
export class SegmentsResolver {
  constructor(private readonly documents: DocumentService) {}

  @Requires('viewer')
  @Query('segment')
  segment(
    @Args('environment') environment: string,
    @Args('key') key: string,
  ): Promise<Presented<'segment'> | null> {
    return this.documents.find(environment, 'segment', key);
  }

  @Requires('viewer')
  @Query('segments')
  async segments(
    @Args('environment') environment: string,
    @Args('filter') filter: { readonly text?: string | null } | null,
    @Args() page: PageInput,
  ): Promise<Connection<Presented<'segment'>>> {
    const segments = await this.documents.list(environment, 'segment');
    return paginate(
      segments.filter((segment) => hasText(segment, filter?.text)),
      page,
    );
  }

  @Requires('editor')
  @Mutation('createSegment')
  createSegment(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CreateSegmentInput,
  ): Promise<Payload<'segment'>> {
    const value = { description: '', rules: [], included: [], excluded: [], ...documentFields(input) };
    return payloadOf(
      'segment',
      input,
      this.documents.create(principal, 'segment', input, () => value),
    );
  }

  @Requires('editor')
  @Mutation('updateSegment')
  updateSegment(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: UpdateSegmentInput,
  ): Promise<Payload<'segment'>> {
    const edit = (segment: Segment): unknown => ({ ...segment, ...documentFields(input) });
    return payloadOf('segment', input, this.documents.edit(principal, 'segment', input, edit));
  }

  @Requires('editor')
  @Mutation('changeSegmentKeys')
  changeSegmentKeys(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: SegmentKeysInput,
  ): Promise<Payload<'segment'>> {
    return payloadOf(
      'segment',
      input,
      this.documents.edit(principal, 'segment', input, (segment) => changeKeys(segment, input)),
    );
  }

  @Requires('editor')
  @Mutation('deleteSegment')
  deleteSegment(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: DeleteSegmentInput,
  ): Promise<Payload<'segment'>> {
    return payloadOf('segment', input, this.documents.delete(principal, 'segment', input));
  }
}

function changeKeys(segment: Segment, { include, exclude, forget }: SegmentKeysInput): Segment {
  const moved = new Set([...(include ?? []), ...(exclude ?? []), ...(forget ?? [])]);
  const keep = (keys: readonly string[]): string[] => keys.filter((key) => !moved.has(key));
  return {
    ...segment,
    included: [...keep(segment.included), ...(include ?? [])],
    excluded: [...keep(segment.excluded), ...(exclude ?? [])],
  };
}
