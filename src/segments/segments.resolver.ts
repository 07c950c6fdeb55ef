import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Segment } from '@tidegate/sdk/engine';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Requires } from '../auth/requires.js';
import { DocumentService } from '../changes/document.service.js';
import { editedFields, newFields } from '../changes/fields.js';
import { type Payload, payloadOf } from '../changes/payload.js';
import type { Presented } from '../changes/presentation.js';
import { type Connection, hasText, paginate, type PageInput } from '../domain/page.js';
import { keysPage } from './keys-page.js';
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

  @ResolveField('included')
  included(@Parent() { included }: Segment, @Args() page: PageInput): readonly string[] {
    return keysPage(included, page);
  }

  @ResolveField('includedCount')
  includedCount(@Parent() { included }: Segment): number {
    return included.length;
  }

  @ResolveField('excluded')
  excluded(@Parent() { excluded }: Segment, @Args() page: PageInput): readonly string[] {
    return keysPage(excluded, page);
  }

  @ResolveField('excludedCount')
  excludedCount(@Parent() { excluded }: Segment): number {
    return excluded.length;
  }

  @Requires('editor')
  @Mutation('createSegment')
  createSegment(
    @CurrentCaller() caller: Caller,
    @Args('input') input: CreateSegmentInput,
  ): Promise<Payload<'segment'>> {
    return payloadOf(
      'segment',
      input,
      this.documents.create(caller, 'segment', input, () => newFields(input)),
    );
  }

  @Requires('editor')
  @Mutation('updateSegment')
  updateSegment(
    @CurrentCaller() caller: Caller,
    @Args('input') input: UpdateSegmentInput,
  ): Promise<Payload<'segment'>> {
    const edit = (segment: Segment): unknown => ({ ...segment, ...editedFields(input) });
    return payloadOf('segment', input, this.documents.edit(caller, 'segment', input, edit));
  }

  @Requires('editor')
  @Mutation('changeSegmentKeys')
  changeSegmentKeys(
    @CurrentCaller() caller: Caller,
    @Args('input') input: SegmentKeysInput,
  ): Promise<Payload<'segment'>> {
    const { include, exclude, forget } = input;
    const edit = { include: include ?? [], exclude: exclude ?? [], forget: forget ?? [] };
    return payloadOf('segment', input, this.documents.editKeys(caller, input, edit));
  }

  @Requires('editor')
  @Mutation('deleteSegment')
  deleteSegment(
    @CurrentCaller() caller: Caller,
    @Args('input') input: DeleteSegmentInput,
  ): Promise<Payload<'segment'>> {
    return payloadOf('segment', input, this.documents.delete(caller, 'segment', input));
  }
}
