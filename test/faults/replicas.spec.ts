import { describe, expect, it } from '@jest/globals';
import { createClient } from '@tidegate/sdk';
import { eventually } from '../mesh/testbed/eventually.js';
import { Balancer } from '../support/balancer.js';
import { ENVIRONMENT, FLAG } from '../support/checkout.js';
import { Redis } from '../support/redis.js';
import { Stage } from '../support/stage.js';

const CLIENTS = 200;
const environment = ENVIRONMENT;
const reason = 'A story of a test';
const WITHIN = 60_000;

describe('of two replicas of the service', () => {
  it('each can be killed: 200 clients are told no error, and hear of what is written on the other', () =>
    Stage.play(async (stage) => {
      const redis = stage.keep(await Redis.start(), (started) => started.stop());
      const settings = { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url } as const;
      const replicas = [await stage.service({ settings }), await stage.service({ settings })] as const;
      const [one, two] = replicas;
      await one.admin.do('createEnvironment', { key: environment, reason });
      await one.admin.do('createFlag', {
        environment,
        key: FLAG,
        enabled: true,
        defaultVariant: 'on',
        reason,
      });
      const key = await one.admin.makeToken(environment, 'server');
      const balancer = stage.keep(await Balancer.before(replicas.map(({ url }) => url)), (kept) =>
        kept.close(),
      );
      const clients = Array.from({ length: CLIENTS }, () =>
        stage.keep(createClient({ url: balancer.url, key, retryDelay: 200 }), (client) => client.close()),
      );
      await Promise.all(clients.map((client) => client.ready({ timeout: WITHIN })));

      const told = new Set<string>();
      let asked = 0;
      const asking = setInterval(() => {
        for (const [index, client] of clients.entries()) {
          const details = client.details(FLAG, { targetingKey: `user-${index}` }, false);
          told.add(`${details.value} ${details.errorCode ?? 'no error'}`);
          asked += 1;
        }
      }, 20);
      stage.keep(asking, clearInterval);
      const all = (value: boolean): Promise<void> =>
        eventually(() => {
          const answers = clients.map((client) => client.boolean(FLAG, {}, !value));
          expect(answers.filter((answer) => answer !== value)).toEqual([]);
        }, WITHIN);

      await one.process.kill();
      await two.admin.do('disableFlag', { environment, key: FLAG, reason });
      await all(false);
      await one.process.start();
      await two.process.kill();
      await one.admin.do('enableFlag', { environment, key: FLAG, reason });
      await all(true);
      await eventually(() => {
        expect(clients.filter(({ status }) => status !== 'ready')).toEqual([]);
      }, WITHIN);

      expect(asked).toBeGreaterThan(CLIENTS * 10);
      expect([...told].toSorted()).toEqual(['false no error', 'true no error']);
    }));
});
