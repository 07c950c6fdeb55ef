import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Flag, FlagRule } from '@tidegate/sdk/engine';
import { CurrentPrincipal } from '../auth/current-principal.js';
import type { Principal } from '../auth/principal.js';
import { Requires } from '../auth/requires.js';
import { DocumentService, type DocumentWrite } from '../changes/document.service.js';
import { documentFields } from '../changes/fields.js';
import { type Payload, payloadOf } from '../changes/payload.js';
import type { Presented } from '../changes/presentation.js';
import { addRule, moveRule, removeRule, replaceRule, setEnabled, setSplit } from '../domain/flag-edits.js';
import { type Connection, paginate, type PageInput } from '../domain/page.js';
import { type FlagFilter, passesFilter } from './flag-filter.js';
import { completeRule, newFlag } from './new-flag.js';
import type {
  CreateFlagInput,
  FlagIntentInput,
  FlagRuleIdInput,
  FlagRuleIntentInput,
  SetFlagSplitInput,
  UpdateFlagInput,
} from '../schema.types.js';

@Resolver('Flag')
export class FlagsResolver {
  constructor(private readonly documents: DocumentService) {}

  @Requires('viewer')
  @Query('flag')
  flag(
    @Args('environment') environment: string,
    @Args('key') key: string,
  ): Promise<Presented<'flag'> | null> {
    return this.documents.find(environment, 'flag', key);
  }

  @Requires('viewer')
  @Query('flags')
  async flags(
    @Args('environment') environment: string,
    @Args('filter') filter: FlagFilter | null,
    @Args() page: PageInput,
  ): Promise<Connection<Presented<'flag'>>> {
    const flags = await this.documents.list(environment, 'flag');
    return paginate(
      flags.filter((flag) => passesFilter(flag, filter ?? {})),
      page,
    );
  }

  @Requires('editor')
  @Mutation('createFlag')
  createFlag(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CreateFlagInput,
  ): Promise<Payload<'flag'>> {
    return payloadOf(
      'flag',
      input,
      this.documents.create(principal, 'flag', input, () => newFlag(documentFields(input))),
    );
  }

  @Requires('editor')
  @Mutation('updateFlag')
  updateFlag(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: UpdateFlagInput,
  ): Promise<Payload<'flag'>> {
    return this.#edit(principal, input, (flag) => ({ ...flag, ...documentFields(input) }));
  }

  @Requires('editor')
  @Mutation('enableFlag')
  enableFlag(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: FlagIntentInput,
  ): Promise<Payload<'flag'>> {
    return this.#edit(principal, input, (flag) => setEnabled(flag, true));
  }

  @Requires('editor')
  @Mutation('disableFlag')
  disableFlag(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: FlagIntentInput,
  ): Promise<Payload<'flag'>> {
    return this.#edit(principal, input, (flag) => setEnabled(flag, false));
  }

  @Requires('editor')
  @Mutation('deleteFlag')
  deleteFlag(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: FlagIntentInput,
  ): Promise<Payload<'flag'>> {
    return payloadOf('flag', input, this.documents.delete(principal, 'flag', input));
  }

  @Requires('editor')
  @Mutation('addFlagRule')
  addFlagRule(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: FlagRuleIntentInput,
  ): Promise<Payload<'flag'>> {
    return this.#edit(principal, input, (flag) => addRule(flag, ruleOf(input), input.at ?? undefined));
  }

  @Requires('editor')
  @Mutation('replaceFlagRule')
  replaceFlagRule(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: FlagRuleIntentInput,
  ): Promise<Payload<'flag'>> {
    return this.#edit(principal, input, (flag) => replaceRule(flag, ruleOf(input)));
  }

  @Requires('editor')
  @Mutation('moveFlagRule')
  moveFlagRule(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: FlagRuleIdInput,
  ): Promise<Payload<'flag'>> {
    return this.#edit(principal, input, (flag) => moveRule(flag, input.rule, input.to ?? 0));
  }

  @Requires('editor')
  @Mutation('removeFlagRule')
  removeFlagRule(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: FlagRuleIdInput,
  ): Promise<Payload<'flag'>> {
    return this.#edit(principal, input, (flag) => removeRule(flag, input.rule));
  }

  @Requires('editor')
  @Mutation('setFlagSplit')
  setFlagSplit(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: SetFlagSplitInput,
  ): Promise<Payload<'flag'>> {
    return this.#edit(principal, input, (flag) => setSplit(flag, input.rule, input.arms));
  }

  #edit(principal: Principal, input: DocumentWrite, edit: (flag: Flag) => unknown): Promise<Payload<'flag'>> {
    return payloadOf('flag', input, this.documents.edit(principal, 'flag', input, edit));
  }
}

/** The rule of an input; its form is checked when the whole flag is parsed. */
function ruleOf(input: FlagRuleIntentInput): FlagRule {
  return completeRule(input.key, input.rule) as FlagRule;
}
