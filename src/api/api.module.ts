import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { RoleGuard } from '../auth/role.guard.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { interpretSeveral, KEPT_QUERIES } from './compiled-queries.js';
import { formatErrors } from './error-formatter.js';
import { ErrorFilter } from './error.filter.js';
import { ConditionScalar, JsonScalar } from './json.scalar.js';
import { MAX_TOKENS } from './max-tokens.js';
import { checkLimits, QUERY_LIMITS } from './query-limits.js';
import { checkNesting } from './query-nesting.js';
import { checkQueryText } from './query-text.js';
import { StartController } from './start.controller.js';
import { refuseSubscriptions } from './subscriptions/prepare-subscription.js';
import { TryController } from './try.controller.js';
import { checkBreadth } from './variables-breadth.js';

interface GraphqlBody {
  readonly variables?: unknown;
}

/** GraphQL on mercurius, schema first: the SDL stands beside each resolver. */
@Module({})
export class ApiModule {
  /** `schemaPaths`: globs of the SDL files */
  static register(schemaPaths: readonly string[]): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        GraphQLModule.forRoot<MercuriusDriverConfig>({
          driver: MercuriusDriver,
          typePaths: [...schemaPaths],
          jit: 1,
          cache: KEPT_QUERIES,
          graphql: { parseOptions: { maxTokens: MAX_TOKENS } },
          context: (request: AuthenticatedRequest) => ({
            principal: request.principal ?? null,
            isGone: () => request.socket.destroyed,
          }),
          hooks: {
            preParsing: async (_, source, { reply }) => {
              checkQueryText(source);
              checkNesting(source);
              checkBreadth((reply?.request.body as GraphqlBody | null)?.variables);
            },
            preValidation: async (schema, document) => {
              refuseSubscriptions(document);
              checkLimits(schema, document, QUERY_LIMITS);
            },
            preExecution: async (_, document) => interpretSeveral(document),
          },
          errorFormatter: formatErrors as MercuriusDriverConfig['errorFormatter'],
        }),
      ],
      controllers: [StartController, TryController],
      providers: [
        JsonScalar,
        ConditionScalar,
        { provide: APP_GUARD, useClass: RoleGuard },
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
    };
  }
}
