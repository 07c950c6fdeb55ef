import { Module } from '@nestjs/common';
import { GuardWatcher } from './guard-watcher.js';
import { ControlLoops } from './control-loops.js';
import { RolloutStepper } from './rollout-stepper.js';
import { RouteReconciler } from './route-reconciler.js';
import { WebhookTeller } from './webhook-teller.js';

/**
 * What runs on the leader, and nothing else. The composition root binds Store, Mesh, Notifier and MetricSources in a
 * global module.
 */
@Module({
  providers: [RouteReconciler, RolloutStepper, GuardWatcher, WebhookTeller, ControlLoops],
  exports: [ControlLoops],
})
export class ControlModule {}
