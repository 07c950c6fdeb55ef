import type { GuardInput } from '../../src/domain/guard.js';
import type { GuardRecord, RolloutPosition } from '../../src/schema.types.js';
import type { AdminClient } from './admin-client.js';
import { InstalledSdk } from './installed-sdk.js';

const reason = 'Does the new version sell as much?';
/** The flag that keeps visitors coming; a rollout may not have this key. */
const OPEN = 'open';

export interface GuardedFlag extends Partial<Omit<GuardInput, 'events'>> {
  /** Seconds after a user's first exposure in which what he does counts for him. */
  readonly within?: number;
  /** Weight of each step before the last, which is everybody; one of half the users unless set. */
  readonly weights?: readonly number[];
}

/**
 * Flags that are rolled out at once, each by a rollout and with a guard of its own key, on the event `<key>-done`. Visitors come to
 * them: an app with the SDK as it is installed, in a process of its own.
 */
export class GuardedFlags {
  #sdk: InstalledSdk | undefined;
  #visits: ReturnType<InstalledSdk['run']> | undefined;

  /** Of an environment that there is. */
  constructor(
    readonly admin: AdminClient,
    readonly environment: string,
  ) {}

  async rollOut(key: string, { within, weights = [50_000], ...guard }: GuardedFlag): Promise<void> {
    const { admin, environment } = this;
    const events = { flag: key, bad: `${key}-done`, ...(within === undefined ? {} : { within }) };
    await admin.do('createFlag', { environment, key, reason });
    await admin.do('createGuard', { environment, key, source: 'events', ...guard, events, reason });
    await admin.do('createRollout', {
      environment,
      key,
      flag: { key, new: 'on', control: 'off' },
      steps: [...weights.map((weight) => ({ weight, hold: 3_600 })), { weight: 100_000, hold: 0 }],
      guards: [key],
      reason,
    });
    await admin.do('startRollout', { environment, key, reason });
  }

  /**
   * Lets so many new users come every 10 ms until `leave`. `visit` is what the app does for one, in JavaScript: it has `client`, the user's
   * `context`, and `later(act)`, which does something within four seconds.
   */
  async come(users: number, visit: string): Promise<void> {
    const { admin, environment } = this;
    await admin.do('createFlag', { environment, key: OPEN, enabled: true, defaultVariant: 'on', reason });
    const key = await admin.makeToken(environment, 'server');
    this.#sdk = await InstalledSdk.install();
    const app = `
      const client = createClient({ url: process.env.SERVICE, key: process.env.KEY, flushInterval: 200 });
      await client.ready();
      const later = (act) => setTimeout(act, Math.random() * 4_000);
      const visit = (context) => { ${visit} };
      let next = 0;
      const timer = setInterval(() => {
        for (let i = 0; i < ${users}; i += 1) visit({ targetingKey: 'user-' + (next += 1) });
        if (client.boolean('${OPEN}', { targetingKey: 'app' }, true)) return;
        clearInterval(timer);
        void client.close();
      }, 10);`;
    this.#visits = this.#sdk.run(app, { deadline: 300_000, env: { SERVICE: admin.url, KEY: key } });
  }

  /** The last visitor leaves, and the app ends. */
  async leave(): Promise<void> {
    const { admin, environment } = this;
    await admin.do('disableFlag', { environment, key: OPEN, reason }).catch(() => undefined);
    await this.#visits;
    await this.#sdk?.remove();
  }

  /** On to the next step. */
  async promote(key: string): Promise<void> {
    const { admin, environment } = this;
    const { token } = await admin.position(environment, key);
    await admin.do('promoteRollout', { environment, key, expectedPosition: token, reason });
  }

  position(key: string): Promise<RolloutPosition> {
    return this.admin.position(this.environment, key);
  }

  async recordOf(key: string): Promise<GuardRecord> {
    const { guard } = await this.admin.run(
      `query ($environment: ID!, $key: ID!) {
        guard(environment: $environment, key: $key) {
          records { subject state windows newBad newTotal controlBad controlTotal trouble troubleCode trippedAt evidence }
        }
      }`,
      { environment: this.environment, key },
    );
    const [record] = guard?.records ?? [];
    if (record === undefined) throw new Error(`guard ${key} was not judged yet`);
    return record;
  }

  async isEnabled(key: string): Promise<boolean | undefined> {
    const { flag } = await this.admin.run(
      `query ($environment: ID!, $key: ID!) { flag(environment: $environment, key: $key) { enabled } }`,
      { environment: this.environment, key },
    );
    return flag?.enabled;
  }
}
