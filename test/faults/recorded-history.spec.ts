import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createClient } from '@tidegate/sdk';
import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import type { Change } from '../../src/domain/change.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { Issuer } from '../mesh/testbed/issuer.js';
import { createCheckout, ENVIRONMENT, FLAG, GUARD, startRollout, untilAt } from '../support/checkout.js';
import { Redis } from '../support/redis.js';
import type { ServiceProcess } from '../support/service-process.js';
import { Stage } from '../support/stage.js';
import { PAIR, pairFlag, Recorder } from './recorder.js';
import { wholeHistory } from './verdict.js';

const LONG = process.env['FAULTS'] === 'long';
const FAULTS = LONG ? 1_000 : 24;
const STEPS = LONG ? 40 : 8;
const WITHIN = 90_000;
const reason = 'A story of a test';

/** What is done to the store and the replicas, in turn. Each leaves everything running again. */
const faultsOf = (redis: Redis, replicas: readonly ServiceProcess[]): readonly (() => Promise<void>)[] => [
  () => redis.restart(),
  async () => {
    redis.pause();
    await sleep(600);
    redis.resume();
  },
  async () => void (await redis.ask('CLIENT', 'KILL', 'TYPE', 'normal')),
  async () => void (await redis.ask('CLIENT', 'KILL', 'TYPE', 'pubsub')),
  ...replicas.flatMap(({ process }) => [
    async () => {
      process.freeze();
      await sleep(600);
      process.thaw();
    },
    async () => {
      await process.kill();
      await process.start();
    },
  ]),
];

/** What the log says the pair was written to, by revision. */
function pairWrites(history: readonly Change[]): ReadonlyMap<number, number> {
  return new Map(
    history.flatMap(({ revision, documents }) => {
      const numbers = documents
        .filter(({ kind, key }) => kind === 'flag' && (PAIR as readonly string[]).includes(key))
        .map(({ after }) => Number((after as { description: string } | null)?.description));
      if (numbers.length === 0) return [];
      expect(new Set(numbers).size).toBe(1);
      return [[revision, numbers[0] ?? Number.NaN] as const];
    }),
  );
}

describe(`a recorded history of ${FAULTS} faults`, () => {
  it(
    'loses no acknowledged write, mixes no revisions, judges no window twice and does no step twice',
    () =>
      Stage.play(async (stage) => {
        const redis = stage.keep(await Redis.start(), (started) => started.stop());
        const settings = { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url } as const;
        const replicas = [await stage.service({ settings }), await stage.service({ settings })] as const;
        const { admin } = replicas[0];
        await createCheckout(admin, {
          issuer: new Issuer('https://id.example.com', 'shop'),
          moves: { flag: true, route: false },
          guard: { source: 'events', events: { flag: FLAG, bad: 'checkout-failed' }, margin: 2 },
          steps: Array.from({ length: STEPS }, (_, index) => ({
            weight: Math.round((100_000 * (index + 1)) / STEPS),
            hold: LONG ? 20 : 1,
          })),
        });
        for (const key of PAIR) {
          const changes = [{ kind: 'flag', key, value: pairFlag(0) }];
          await admin.do('applyChanges', { environment: ENVIRONMENT, changes, reason });
        }
        const key = await admin.makeToken(ENVIRONMENT, 'server');
        const clients = replicas.map(({ url }) =>
          stage.keep(createClient({ url, key, retryDelay: 100, flushInterval: 200 }), (client) =>
            client.close(),
          ),
        );
        await Promise.all(clients.map((client) => client.ready({ timeout: WITHIN })));
        await startRollout(admin, reason);
        const recorder = new Recorder(replicas, clients, FLAG);

        const faults = faultsOf(redis, replicas);
        for (let done = 0; done < FAULTS; done += 1) {
          await faults[(done * 7) % faults.length]?.();
          await sleep(150 + ((done * 53) % 200));
        }
        await eventually(() => untilAt(admin, 'completed', undefined, 5_000), 2 * WITHIN);
        const written = recorder.acknowledged.length;
        await eventually(() => expect(recorder.acknowledged.length).toBeGreaterThan(written), WITHIN);
        await recorder.stop();
        await Promise.all(clients.map((client) => client.flush()));

        expect(recorder.wrong).toEqual([]);
        expect(recorder.looks).toBeGreaterThan(FAULTS);
        const store = stage.keep(new RedisStore({ url: redis.url }), (opened) => opened.close());
        await store.open();
        const history = await wholeHistory(store, ENVIRONMENT);
        expect(history.map(({ revision }) => revision)).toEqual(history.map((_, index) => index + 1));
        const writes = pairWrites(history);
        expect(
          recorder.acknowledged.filter(({ number, revision }) => writes.get(revision) !== number),
        ).toEqual([]);
        const numbers = [...writes.values()].filter((number) => number > 0);
        expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));

        const steps = history.flatMap(({ event }) =>
          event?.kind === 'step' ? [event.evidence['step']] : [],
        );
        expect(steps).toEqual([...new Set(steps)]);
        expect(steps).toHaveLength(STEPS - 1);
        const { states } = await store.image(ENVIRONMENT);
        const record = [...states.values()].find((state) => state.key.startsWith(`guard/${GUARD}/`))
          ?.value as {
          readonly sums: { readonly newTotal: number; readonly controlTotal: number };
        };
        const judged = record.sums.newTotal + record.sums.controlTotal;
        console.log(
          `${FAULTS} faults: ${recorder.acknowledged.length} writes acknowledged, ${recorder.looks} looks, ` +
            `${judged} of ${recorder.exposures} exposures judged, ${history.length} revisions`,
        );
        expect(judged).toBeGreaterThan(0);
        expect(judged).toBeLessThanOrEqual(recorder.exposures);
      }),
    LONG ? 7_200_000 : 300_000,
  );
});
