import type { GuardRecord } from '../../src/schema.types.js';
import type { Api, Arguments } from './api.js';
import { ENVIRONMENT, inProduction, ROUTE } from './api-samples.js';
import { App, type AppOptions } from './app.js';
import { PushingPod, type PushingPodOptions } from './pushing-pod.js';

/** A service with a route whose pods push their metrics: v1 is the control, v2 the new version. */
export class PushedShop {
  private constructor(
    readonly app: App,
    readonly api: Api,
    /** Of kind `metrics`. */
    readonly token: string,
  ) {}

  static async start(settings: AppOptions['settings'] = {}): Promise<PushedShop> {
    const app = await App.start({ settings });
    const api = app.api();
    await api.do('createEnvironment', { key: ENVIRONMENT });
    const token = { key: 'pods', kind: 'metrics', environments: [ENVIRONMENT] };
    const { secret } = await api.do('createToken', token);
    await api.do('createRoute', inProduction(ROUTE));
    return new PushedShop(app, api, String(secret));
  }

  /** Makes a guard on the route, which acts on nothing unless `more` says so. */
  async guard(key: string, more: Arguments = {}): Promise<void> {
    const target = { route: ROUTE.key, new: 'v2', control: 'v1' };
    const guard = { key, source: 'otlp', template: 'httpServer', margin: 2, target, action: 'none', ...more };
    await this.api.do('createGuard', inProduction(guard));
  }

  pod(name: string, version: string, form: Pick<PushingPodOptions, 'encoding' | 'temporality'>): PushingPod {
    return new PushingPod({ url: this.app.url, token: this.token, name, version, ...form });
  }

  /** What a guard has found; undefined before it was judged. */
  async recordOf(key: string): Promise<GuardRecord | undefined> {
    const { records } = await this.api.ask<{ records: GuardRecord[] }>('guard', {
      environment: ENVIRONMENT,
      key,
    });
    return records[0];
  }

  /** The version that the route is closed to; null while it is open. */
  async closed(): Promise<string | null> {
    const route = await this.api.ask<{ closed: string | null }>('route', {
      environment: ENVIRONMENT,
      key: ROUTE.key,
    });
    return route.closed;
  }

  stop(): Promise<void> {
    return this.app.stop();
  }
}
