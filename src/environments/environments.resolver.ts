import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { reaches } from '../auth/authorize.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { givenFields } from '../changes/fields.js';
import { Requires, RequiresAnywhere } from '../auth/requires.js';
import type { Settings } from '../domain/environment.js';
import {
  EnvironmentsService,
  type EnvironmentPayload,
  type PresentedEnvironment,
} from './environments.service.js';
import type {
  ConfirmStoreEmptyInput,
  CreateEnvironmentInput,
  SetIdentityInput,
  SetVisitorsInput,
  SetVersionTemplatesInput,
  SetWebhooksInput,
} from '../schema.types.js';

@Resolver('Environment')
export class EnvironmentsResolver {
  constructor(private readonly environmentsService: EnvironmentsService) {}

  @RequiresAnywhere('viewer')
  @Query('environments')
  async environments(@CurrentCaller() caller: Caller): Promise<PresentedEnvironment[]> {
    const all = await this.environmentsService.list();
    return all.filter(({ key }) => reaches(caller, key));
  }

  @Requires('viewer')
  @Query('environment')
  environment(@Args('environment') environment: string): Promise<PresentedEnvironment | null> {
    return this.environmentsService.find(environment);
  }

  @Requires('admin')
  @Mutation('createEnvironment')
  createEnvironment(
    @CurrentCaller() caller: Caller,
    @Args('input') input: CreateEnvironmentInput,
  ): Promise<EnvironmentPayload> {
    return this.environmentsService.create(caller, input);
  }

  @Requires('admin')
  @Mutation('setIdentity')
  setIdentity(
    @CurrentCaller() caller: Caller,
    @Args('input') input: SetIdentityInput,
  ): Promise<EnvironmentPayload> {
    return this.environmentsService.set(caller, input, (settings: Settings) => ({
      ...settings,
      identity: input.identity == null ? null : givenFields(input.identity),
    }));
  }

  @Requires('admin')
  @Mutation('setVisitors')
  setVisitors(
    @CurrentCaller() caller: Caller,
    @Args('input') input: SetVisitorsInput,
  ): Promise<EnvironmentPayload> {
    return this.environmentsService.set(caller, input, (settings: Settings) => ({
      ...settings,
      visitors: input.visitors == null ? null : givenFields(input.visitors),
    }));
  }

  @Requires('admin')
  @Mutation('setWebhooks')
  setWebhooks(
    @CurrentCaller() caller: Caller,
    @Args('input') input: SetWebhooksInput,
  ): Promise<EnvironmentPayload> {
    return this.environmentsService.set(caller, input, (settings: Settings) => ({
      ...settings,
      webhooks: input.webhooks,
    }));
  }

  @Requires('admin')
  @Mutation('setVersionTemplates')
  setVersionTemplates(
    @CurrentCaller() caller: Caller,
    @Args('input') input: SetVersionTemplatesInput,
  ): Promise<EnvironmentPayload> {
    return this.environmentsService.set(caller, input, (settings: Settings) => ({
      ...settings,
      versionTemplates: input.templates.map(({ steps, ...rest }) => ({
        ...givenFields(rest),
        steps: steps.map((step) => ({ hold: null, ...givenFields(step) })),
      })),
    }));
  }

  @Requires('admin')
  @Mutation('confirmStoreEmpty')
  confirmStoreEmpty(
    @CurrentCaller() caller: Caller,
    @Args('input') input: ConfirmStoreEmptyInput,
  ): Promise<Pick<EnvironmentPayload, 'userErrors'>> {
    return this.environmentsService.confirmEmpty(caller, input);
  }
}
