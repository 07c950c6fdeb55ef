import { type DynamicModule, Module } from '@nestjs/common';
import { SubscriptionSockets } from './subscription-sockets.js';
import { SubscriptionStreamController } from './subscription-stream.controller.js';
import { SUBSCRIPTION_LIMIT, Subscriptions } from './subscriptions.js';

/** How subscriptions reach their subscribers: over WebSocket, and as server-sent events. */
@Module({})
export class SubscriptionsModule {
  /** `limit`: subscriptions that one token may have open at this process; 0 = no limit. */
  static register(limit: number): DynamicModule {
    return {
      module: SubscriptionsModule,
      controllers: [SubscriptionStreamController],
      providers: [Subscriptions, SubscriptionSockets, { provide: SUBSCRIPTION_LIMIT, useValue: limit }],
    };
  }
}
