import { Module } from '@nestjs/common';
import { ChangeScheduler } from './change-scheduler.js';
import { GuardWatcher } from './guard-watcher.js';
import { ControlLoops, DUTIES } from './control-loops.js';
import { RolloutStepper } from './rollout-stepper.js';
import { RouteReconciler } from './route-reconciler.js';
import type { Duty } from './term.js';
import { WebhookTeller } from './webhook-teller.js';

const ALL = [RouteReconciler, RolloutStepper, GuardWatcher, WebhookTeller, ChangeScheduler];

/**
 * What runs on the leader, and nothing else. The composition root binds Store, Mesh, Notifier and MetricSources in a
 * global module.
 */
@Module({
  providers: [
    ...ALL,
    { provide: DUTIES, inject: ALL, useFactory: (...duties: Duty[]) => duties },
    ControlLoops,
  ],
  exports: [ControlLoops],
})
export class ControlModule {}
