import { Module } from '@nestjs/common';
import { OtlpServer } from './otlp-server.js';

/** Metrics that are pushed. Needs `Store` and `Authenticator` from global modules. */
@Module({ providers: [OtlpServer], exports: [OtlpServer] })
export class OtlpModule {}
