import { describe, expect, it } from '@jest/globals';
import { createClient } from '@tidegate/sdk';
import type { Snapshot } from '@tidegate/sdk/engine';
import { eventually } from '../mesh/testbed/eventually.js';
import { Redis } from '../support/redis.js';
import { Stage } from '../support/stage.js';

const environment = 'production';
const FLAG = 'checkout';
const reason = 'Users of one arm get lost';

describe('a guard whose users are not dealt out as they should be', () => {
  it(
    'waits for its patience, then does what it is to do when it can’t judge, and rolls nothing back',
    () =>
      Stage.play(async (stage) => {
        const redis = stage.keep(await Redis.start(), (one) => one.stop());
        const settings = { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url } as const;
        const service = await stage.service({ settings });
        const { admin } = service;
        await admin.do('createEnvironment', { key: environment, reason });
        await admin.do('createFlag', { environment, key: FLAG, reason });
        const events = { flag: FLAG, bad: 'failed' };
        const patience = { patience: 4, whenBlind: 'pause' };
        await admin.do('createGuard', {
          environment,
          key: 'events',
          source: 'events',
          events,
          margin: 1.2,
          ...patience,
          reason,
        });
        await admin.do('createRollout', {
          environment,
          key: FLAG,
          flag: { key: FLAG, new: 'on', control: 'off' },
          steps: [50_000, 100_000].map((weight) => ({ weight, hold: 600 })),
          guards: ['events'],
          reason,
        });
        await admin.do('startRollout', { environment, key: FLAG, reason });
        const key = await admin.makeToken(environment, 'server');
        const snapshot = await fetch(`${service.url}/api/v1/snapshot`, {
          headers: { authorization: `Bearer ${key}` },
        });
        const oracle = stage.keep(
          createClient({ offline: true, bootstrap: (await snapshot.json()) as Snapshot }),
          (one) => one.close(),
        );
        const client = stage.keep(createClient({ url: service.url, key, flushInterval: 200 }), (one) =>
          one.close(),
        );
        await client.ready();
        let next = 0;
        const visit = (): void => {
          next += 1;
          const context = { targetingKey: `user-${next}` };
          // Every other user of the new arm leaves before the flag is asked.
          if (!oracle.boolean(FLAG, context, false) || next % 2 === 0) client.boolean(FLAG, context, false);
        };
        stage.keep(
          setInterval(() => [1, 2, 3, 4].forEach(visit), 10),
          clearInterval,
        );

        const acts = await eventually(async () => {
          const changes = await admin.history(environment);
          const found = changes.filter(({ event }) => event !== null && event?.kind !== 'start');
          expect(found).toHaveLength(2);
          return found;
        }, 90_000);
        expect(acts).toMatchObject([
          { documents: [], event: { kind: 'mismatch', subject: `rollout/${FLAG}` } },
          {
            actor: 'guard:events',
            reason: 'untrusted for longer than 4 s',
            documents: [],
            event: {
              kind: 'blind',
              evidence: { action: 'pause', state: 'untrusted', troubleCode: 'UNTRUSTED' },
            },
          },
        ]);
        expect((acts[1]?.at ?? 0) - (acts[0]?.at ?? 0)).toBeGreaterThanOrEqual(4_000);
        expect(await admin.position(environment, FLAG)).toMatchObject({ state: 'paused', step: 0 });
        const metrics = await (await fetch(`${service.url}/metrics`)).text();
        const labels = `environment="production",guard="events",subject="rollout/${FLAG}"`;
        expect(metrics).toContain(`tidegate_guard_state{${labels},state="untrusted"} 1`);
        expect(metrics).toContain(`tidegate_guard_unseen_since_timestamp_seconds{${labels}}`);
      }),
    150_000,
  );
});
