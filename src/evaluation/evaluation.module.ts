import { Module } from '@nestjs/common';
import { EnvironmentViews } from './environment-views.js';
import { EvaluationServer } from './evaluation-server.js';

/** Everything an SDK talks to. Needs `Store` and `Authenticator` from global modules. */
@Module({ providers: [EnvironmentViews, EvaluationServer], exports: [EnvironmentViews, EvaluationServer] })
export class EvaluationModule {}
