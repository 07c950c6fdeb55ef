import { Controller, Get, Header, HttpCode, HttpException } from '@nestjs/common';
import { register } from 'prom-client';
import { Store } from '../ports/store.js';
import { Readiness } from './readiness.js';

/** Probes for the platform, and metrics for Prometheus. Open: they show no data of any environment. */
@Controller()
export class HealthController {
  constructor(
    private readonly store: Store,
    private readonly readiness: Readiness,
  ) {}

  /** 200 while the process runs its loop. */
  @Get('healthz')
  @HttpCode(200)
  healthz(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 once it has come up and while the store answers; 503 else. Evaluation goes on from memory all the same. */
  @Get('readyz')
  @HttpCode(200)
  readyz(): { readonly status: 'ready' } {
    if (!this.readiness.started || !this.store.connected) {
      throw new HttpException({ status: 'not ready', code: 'STORE_UNAVAILABLE' }, 503);
    }
    return { status: 'ready' };
  }

  @Get('metrics')
  @Header('content-type', register.contentType)
  metrics(): Promise<string> {
    return register.metrics();
  }
}
