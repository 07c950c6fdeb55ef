import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { type ExecutionResult, GraphQLError, subscribe, type SubscriptionArgs } from 'graphql';
import { Authenticator } from '../../auth/authenticator.js';
import type { Principal } from '../../auth/principal.js';
import { isPrepared, prepareSubscription, type SubscriptionRequest } from './prepare-subscription.js';
import { RunningSubscription } from './running-subscription.js';
import { Slots } from './slots.js';

/** The most subscriptions that a token may have open at one replica; 0 = no limit. */
export const SUBSCRIPTION_LIMIT = Symbol('SUBSCRIPTION_LIMIT');

/** Who subscribes: the secret that proved it is asked for again whenever tokens change. */
export interface Subscriber {
  readonly secret: string;
  readonly principal: Principal;
}

/** Every subscription of this process, whichever way its results go. */
@Injectable()
export class Subscriptions {
  readonly #slots: Slots;
  readonly #sessions = new Set<{ readonly secret: string; readonly end: () => void }>();
  #unfollow: (() => void) | undefined;

  constructor(
    private readonly modules: ModuleRef,
    private readonly authenticator: Authenticator,
    @Inject(SUBSCRIPTION_LIMIT) limit: number,
  ) {
    this.#slots = new Slots(limit);
  }

  /** What graphql needs to run a request, or what is wrong with it. */
  prepare(request: SubscriptionRequest, { principal }: Subscriber): SubscriptionArgs | readonly Error[] {
    const { schema } = this.modules.get(GraphQLSchemaHost, { strict: false });
    const prepared = prepareSubscription(schema, request);
    return isPrepared(prepared) ? { ...prepared, contextValue: { principal } } : prepared;
  }

  /** Starts a prepared one. Errors: what its resolver refuses, RATE_LIMITED and TOO_MANY_SUBSCRIPTIONS. */
  async start(
    args: SubscriptionArgs,
    { principal }: Subscriber,
  ): Promise<RunningSubscription | ExecutionResult> {
    if (principal.budgets?.streams.take() === false) return { errors: [tooOften()] };
    const release = this.#slots.take(principal.token);
    if (release === null) return { errors: [tooMany(this.#slots.limit)] };
    try {
      const results = await subscribe(args);
      if (Symbol.asyncIterator in results) return new RunningSubscription(results, release);
      release();
      return results;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Calls `end` once the secret proves nothing any more, at once when a token is revoked. Returns how to stop that. */
  whileWelcome(secret: string, end: () => void): () => void {
    this.#unfollow ??= this.authenticator.follow(() => this.#recheck());
    const session = { secret, end };
    this.#sessions.add(session);
    return () => void this.#sessions.delete(session);
  }

  stop(): void {
    this.#unfollow?.();
  }

  #recheck(): void {
    for (const session of this.#sessions) {
      if (this.authenticator.authenticate(session.secret) !== null) continue;
      this.#sessions.delete(session);
      session.end();
    }
  }
}

/** RATE_LIMITED. */
export function tooOften(): GraphQLError {
  const message = 'This token opens subscriptions more often than it may: wait a second.';
  return new GraphQLError(message, { extensions: { code: 'RATE_LIMITED' } });
}

function tooMany(limit: number): GraphQLError {
  const message = `This token has ${limit} subscriptions open, and no more are allowed. Close one first.`;
  return new GraphQLError(message, { extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } });
}
