import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { AssignmentWatcher } from './assignment-watcher.js';
import { ChangeScheduler } from './change-scheduler.js';
import { CurveRecorder } from './curve-recorder.js';
import { GuardWatcher } from './guard-watcher.js';
import { ControlLoops, DUTIES } from './control-loops.js';
import { RolloutStepper } from './rollout-stepper.js';
import { RouteReconciler } from './route-reconciler.js';
import type { Duty } from './term.js';
import { WebhookTeller } from './webhook-teller.js';

const ALL = [
  RouteReconciler,
  RolloutStepper,
  GuardWatcher,
  AssignmentWatcher,
  CurveRecorder,
  WebhookTeller,
  ChangeScheduler,
];

/** Duties that are at home elsewhere, and the modules that have them. */
export interface FurtherDuties {
  readonly modules: readonly Type[];
  readonly duties: readonly Type<Duty>[];
}

/**
 * What runs on the leader, and nothing else. The composition root binds Store, Mesh, Notifier and MetricSources in a
 * global module.
 */
@Module({})
export class ControlModule {
  static register({ modules, duties }: FurtherDuties): DynamicModule {
    return {
      module: ControlModule,
      imports: [...modules],
      providers: [
        ...ALL,
        { provide: DUTIES, inject: [...ALL, ...duties], useFactory: (...all: Duty[]) => all },
        ControlLoops,
      ],
      exports: [ControlLoops],
    };
  }
}
