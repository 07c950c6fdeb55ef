import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { reaches } from '../auth/authorize.js';
import { CurrentPrincipal } from '../auth/current-principal.js';
import type { Principal } from '../auth/principal.js';
import { Requires, RequiresAnywhere } from '../auth/requires.js';
import type { Settings } from '../domain/environment.js';
import {
  EnvironmentsService,
  type EnvironmentPayload,
  type PresentedEnvironment,
} from './environments.service.js';
import type { CreateEnvironmentInput, SetIdentityInput, SetWebhooksInput } from '../schema.types.js';

@Resolver('Environment')
export class EnvironmentsResolver {
  constructor(private readonly environmentsService: EnvironmentsService) {}

  @RequiresAnywhere('viewer')
  @Query('environments')
  async environments(@CurrentPrincipal() principal: Principal): Promise<PresentedEnvironment[]> {
    const all = await this.environmentsService.list();
    return all.filter(({ key }) => reaches(principal, key));
  }

  @Requires('viewer')
  @Query('environment')
  environment(@Args('environment') environment: string): Promise<PresentedEnvironment | null> {
    return this.environmentsService.find(environment);
  }

  @Requires('admin')
  @Mutation('createEnvironment')
  createEnvironment(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CreateEnvironmentInput,
  ): Promise<EnvironmentPayload> {
    return this.environmentsService.create(principal, input);
  }

  @Requires('admin')
  @Mutation('setIdentity')
  setIdentity(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: SetIdentityInput,
  ): Promise<EnvironmentPayload> {
    return this.environmentsService.set(principal, input, (settings: Settings) => ({
      ...settings,
      identity: input.identity ?? null,
    }));
  }

  @Requires('admin')
  @Mutation('setWebhooks')
  setWebhooks(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: SetWebhooksInput,
  ): Promise<EnvironmentPayload> {
    return this.environmentsService.set(principal, input, (settings: Settings) => ({
      ...settings,
      webhooks: input.webhooks,
    }));
  }
}
