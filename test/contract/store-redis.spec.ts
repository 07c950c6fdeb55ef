import { Redis as Client } from 'ioredis';
import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import { Redis } from '../support/redis.js';
import { describeStore } from './store.contract.js';

describeStore('Redis', async () => {
  const server = await Redis.start();
  const opened: RedisStore[] = [];
  async function open(prefix: string, keepLog: number): Promise<RedisStore> {
    const store = new RedisStore({
      url: server.url,
      prefix,
      keepLog,
      keepVerdicts: keepLog,
      mayInitialise: true,
    });
    opened.push(store);
    await store.open();
    return store;
  }
  return {
    store: () => open('suite:', 1_000_000),
    keepUnnamed: async (scope, id, entry) => {
      const redis = new Client(server.url);
      await redis.xadd(`suite:{${scope}}:verdicts`, id, 'verdict', JSON.stringify(entry));
      redis.disconnect();
    },
    withLog: (keepLog) => open(`log-${keepLog}:`, keepLog),
    stop: async () => {
      await Promise.all(opened.map((store) => store.close()));
      await server.stop();
    },
  };
});
