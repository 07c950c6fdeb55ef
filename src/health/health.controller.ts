import { Controller, Get, Header, HttpCode, HttpException } from '@nestjs/common';
import { Store } from '../ports/store.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

/** Probes for the platform, and metrics for Prometheus. Open: they show no document of any environment. */
@Controller()
export class HealthController {
  constructor(
    private readonly store: Store,
    private readonly readiness: Readiness,
    private readonly metricsOfAll: Metrics,
  ) {}

  /** 200 while the process runs its loop. */
  @Get('healthz')
  @HttpCode(200)
  healthz(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  /**
   * 200 once it has come up and while the store answers; 503 else, with the code and in words why. Evaluation goes on
   * from memory all the same.
   */
  @Get('readyz')
  @HttpCode(200)
  readyz(): { readonly status: 'ready' } {
    const reason = this.#reason();
    if (reason === null) return { status: 'ready' };
    throw new HttpException({ status: 'not ready', code: 'STORE_UNAVAILABLE', message: reason }, 503);
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.metricsOfAll.text();
  }

  #reason(): string | null {
    if (!this.readiness.started)
      return 'Starting or stopping: the store is not open, or not all of it is loaded.';
    if (this.store.connected) return null;
    return 'The store does not answer; writes are refused.';
  }
}
