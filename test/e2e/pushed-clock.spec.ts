import { describe, expect, it } from '@jest/globals';
import { ROUTE } from '../support/api-samples.js';
import { PushedShop } from '../support/pushed-shop.js';
import { Redis } from '../support/redis.js';
import { Stage } from '../support/stage.js';
import { TurnedClock } from '../support/turned-clock.js';

const HOUR = 3_600_000;

/** What the service answers to a counter of this moment (epoch ms). */
async function push({ app, token }: PushedShop, at: number): Promise<unknown> {
  const time = String(BigInt(at) * 1_000_000n);
  const point = { timeUnixNano: time, startTimeUnixNano: time, count: '3' };
  const histogram = { aggregationTemporality: 1, dataPoints: [point] };
  const response = await fetch(`${app.url}/otlp/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      resourceMetrics: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: ROUTE.key } }] },
          scopeMetrics: [{ metrics: [{ name: 'http.server.request.duration', histogram }] }],
        },
      ],
    }),
  });
  return response.json();
}

describe('a push to a replica whose clock is wrong', () => {
  it(
    'is held against the clock of the store, which all replicas share',
    () =>
      Stage.play(async (stage) => {
        const clock = stage.keep(new TurnedClock(), (one) => one.close());
        const redis = stage.keep(await Redis.start({ env: clock.env }), (one) => one.stop());
        const settings = { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url };
        const shop = stage.keep(await PushedShop.start(settings), (one) => one.stop());
        await shop.guard('failures');
        // Seen from the store, this replica is an hour behind.
        clock.turn(3_600);
        expect(await push(shop, Date.now() + HOUR)).toEqual({});
        expect(await push(shop, Date.now())).toMatchObject({
          partialSuccess: { errorMessage: expect.stringContaining('more than 10 minutes back') },
        });
        // And now an hour ahead.
        clock.turn(-3_600);
        expect(await push(shop, Date.now() - HOUR)).toEqual({});
        expect(await push(shop, Date.now())).toMatchObject({
          partialSuccess: { errorMessage: expect.stringContaining('ahead of our clock') },
        });
      }),
    60_000,
  );
});
