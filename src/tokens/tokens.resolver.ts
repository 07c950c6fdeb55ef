import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Requires } from '../auth/requires.js';
import type { Token } from '../domain/token.js';
import { type TokenPayload, TokensService } from './tokens.service.js';
import type { CreateTokenInput, RevokeTokenInput } from '../schema.types.js';

@Resolver('Token')
export class TokensResolver {
  constructor(private readonly tokensService: TokensService) {}

  @Requires('admin')
  @Query('tokens')
  tokens(): Promise<Token[]> {
    return this.tokensService.list();
  }

  @Requires('admin')
  @Mutation('createToken')
  createToken(
    @CurrentCaller() caller: Caller,
    @Args('input') input: CreateTokenInput,
  ): Promise<TokenPayload> {
    return this.tokensService.create(caller, input, new Date());
  }

  @Requires('admin')
  @Mutation('revokeToken')
  revokeToken(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RevokeTokenInput,
  ): Promise<TokenPayload> {
    return this.tokensService.revoke(caller, input);
  }
}
