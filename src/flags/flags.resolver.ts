import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { FlagRule } from '@tidegate/sdk/engine';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Requires } from '../auth/requires.js';
import { DocumentService, type DocumentWrite } from '../changes/document.service.js';
import { editedFields, newFields } from '../changes/fields.js';
import { type Payload, payloadOf } from '../changes/payload.js';
import {
  addRule,
  archive,
  moveRule,
  removeRule,
  replaceRule,
  restore,
  setEnabled,
  setSplit,
} from '../domain/flag-edits.js';
import type { StoredFlag } from '../domain/flag.js';
import { type Connection, paginate, type PageInput } from '../domain/page.js';
import { type FlagFilter, passesFilter } from './flag-filter.js';
import { completeRule, newFlag } from './new-flag.js';
import { type PresentedFlag, presentFlag } from './presented-flag.js';
import { StalenessService } from '../usage/staleness.service.js';
import type {
  CreateFlagInput,
  FlagIntentInput,
  FlagRuleIdInput,
  FlagRuleIntentInput,
  MoveFlagRuleInput,
  SetFlagSplitInput,
  UpdateFlagInput,
} from '../schema.types.js';

type FlagPayload = Payload<'flag', PresentedFlag>;

/** What may be null in a new flag, whatever its type's default. */
const NULLABLE = ['defaultVariant', 'offVariant'] as const;

@Resolver('Flag')
export class FlagsResolver {
  constructor(
    private readonly documents: DocumentService,
    private readonly staleness: StalenessService,
  ) {}

  @Requires('viewer')
  @Query('flag')
  flag(@Args('environment') environment: string, @Args('key') key: string): Promise<PresentedFlag | null> {
    return this.documents.find(environment, 'flag', key, presentFlag);
  }

  @Requires('viewer')
  @Query('flags')
  async flags(
    @Args('environment') environment: string,
    @Args('filter') filter: FlagFilter | null,
    @Args() page: PageInput,
  ): Promise<Connection<PresentedFlag>> {
    const flags = await this.documents.list(environment, 'flag', presentFlag);
    const wanted = flags.filter((flag) => passesFilter(flag, filter ?? {}));
    if (filter?.stale == null) return paginate(wanted, page);
    const check = await this.staleness.check(environment, null);
    const isStale = (flag: PresentedFlag): boolean =>
      check({ kind: 'flag', key: flag.key, revision: flag.revision, value: flag }) !== null;
    return paginate(
      wanted.filter((flag) => isStale(flag) === filter.stale),
      page,
    );
  }

  @Requires('editor')
  @Mutation('createFlag')
  createFlag(@CurrentCaller() caller: Caller, @Args('input') input: CreateFlagInput): Promise<FlagPayload> {
    return payloadOf(
      'flag',
      input,
      this.documents.create(caller, 'flag', input, () => newFlag(newFields(input, NULLABLE))),
      presentFlag,
    );
  }

  @Requires('editor')
  @Mutation('updateFlag')
  updateFlag(@CurrentCaller() caller: Caller, @Args('input') input: UpdateFlagInput): Promise<FlagPayload> {
    return this.#edit(caller, input, (flag) => ({ ...flag, ...editedFields(input) }));
  }

  @Requires('editor')
  @Mutation('enableFlag')
  enableFlag(@CurrentCaller() caller: Caller, @Args('input') input: FlagIntentInput): Promise<FlagPayload> {
    return this.#edit(caller, input, (flag) => setEnabled(flag, true));
  }

  @Requires('editor')
  @Mutation('disableFlag')
  disableFlag(@CurrentCaller() caller: Caller, @Args('input') input: FlagIntentInput): Promise<FlagPayload> {
    return this.#edit(caller, input, (flag) => setEnabled(flag, false));
  }

  @Requires('editor')
  @Mutation('deleteFlag')
  deleteFlag(@CurrentCaller() caller: Caller, @Args('input') input: FlagIntentInput): Promise<FlagPayload> {
    return payloadOf('flag', input, this.documents.delete(caller, 'flag', input), presentFlag);
  }

  @Requires('editor')
  @Mutation('archiveFlag')
  archiveFlag(@CurrentCaller() caller: Caller, @Args('input') input: FlagIntentInput): Promise<FlagPayload> {
    return this.#edit(caller, input, archive);
  }

  @Requires('editor')
  @Mutation('restoreFlag')
  restoreFlag(@CurrentCaller() caller: Caller, @Args('input') input: FlagIntentInput): Promise<FlagPayload> {
    return this.#edit(caller, input, restore);
  }

  @Requires('editor')
  @Mutation('addFlagRule')
  addFlagRule(
    @CurrentCaller() caller: Caller,
    @Args('input') input: FlagRuleIntentInput,
  ): Promise<FlagPayload> {
    return this.#edit(caller, input, (flag) => addRule(flag, ruleOf(input), input.at ?? undefined));
  }

  @Requires('editor')
  @Mutation('replaceFlagRule')
  replaceFlagRule(
    @CurrentCaller() caller: Caller,
    @Args('input') input: FlagRuleIntentInput,
  ): Promise<FlagPayload> {
    return this.#edit(caller, input, (flag) => replaceRule(flag, ruleOf(input)));
  }

  @Requires('editor')
  @Mutation('moveFlagRule')
  moveFlagRule(
    @CurrentCaller() caller: Caller,
    @Args('input') input: MoveFlagRuleInput,
  ): Promise<FlagPayload> {
    return this.#edit(caller, input, (flag) => moveRule(flag, input.rule, input.to));
  }

  @Requires('editor')
  @Mutation('removeFlagRule')
  removeFlagRule(
    @CurrentCaller() caller: Caller,
    @Args('input') input: FlagRuleIdInput,
  ): Promise<FlagPayload> {
    return this.#edit(caller, input, (flag) => removeRule(flag, input.rule));
  }

  @Requires('editor')
  @Mutation('setFlagSplit')
  setFlagSplit(
    @CurrentCaller() caller: Caller,
    @Args('input') input: SetFlagSplitInput,
  ): Promise<FlagPayload> {
    return this.#edit(caller, input, (flag) => setSplit(flag, input.rule, input.arms));
  }

  #edit(caller: Caller, input: DocumentWrite, edit: (flag: StoredFlag) => unknown): Promise<FlagPayload> {
    return payloadOf('flag', input, this.documents.edit(caller, 'flag', input, edit), presentFlag);
  }
}

/** The rule of an input; its form is checked when the whole flag is parsed. */
function ruleOf(input: FlagRuleIntentInput): FlagRule {
  return completeRule(input.key, input.rule) as FlagRule;
}
