import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { RequiresEverywhere } from '../auth/requires.js';
import type { EdgeGatewayInput, InstallEdgeInput, UninstallEdgeInput } from '../schema.types.js';
import {
  GatewayEdgesService,
  type InstallPayload,
  type PresentedEdge,
  type UninstallPayload,
} from './gateway-edges.service.js';

/** A gateway serves many environments, and its objects reach what they select: a token of one environment can't have them. */
@Resolver('GatewayEdge')
export class GatewayEdgesResolver {
  constructor(private readonly gatewayEdges: GatewayEdgesService) {}

  @RequiresEverywhere('admin')
  @Query('gatewayEdge')
  gatewayEdge(
    @Args('environment') environment: string,
    @Args('gateway') gateway: EdgeGatewayInput,
  ): Promise<PresentedEdge> {
    return this.gatewayEdges.show(environment, gateway);
  }

  @RequiresEverywhere('admin')
  @Mutation('installEdge')
  installEdge(
    @CurrentCaller() caller: Caller,
    @Args('input') input: InstallEdgeInput,
  ): Promise<InstallPayload> {
    return this.gatewayEdges.install(caller, input);
  }

  @RequiresEverywhere('admin')
  @Mutation('uninstallEdge')
  uninstallEdge(
    @CurrentCaller() caller: Caller,
    @Args('input') input: UninstallEdgeInput,
  ): Promise<UninstallPayload> {
    return this.gatewayEdges.uninstall(caller, input);
  }
}
