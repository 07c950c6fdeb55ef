import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import type { Api, Arguments } from '../support/api.js';
import { ENVIRONMENT, FLAG, inProduction } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { CountingServer, type CountsQuestion } from '../support/counting-server.js';

const SECRET = 'TIDEGATE_TEST_GUARD_SECRET';

interface GuardRecord {
  readonly state: string;
  readonly trouble: string;
  readonly newBad: number;
  readonly newTotal: number;
  readonly windows: number;
  readonly watermark: number;
}

let app: App;
let api: Api;
let server: CountingServer;

beforeAll(async () => {
  process.env[SECRET] = 'a secret that signs';
  server = await CountingServer.start((question, response) => answer(question, response, {}));
  app = await App.start({
    settings: {
      TIDEGATE_METRIC_WEBHOOKS: server.url,
      TIDEGATE_METRIC_SECRETS: `env:${SECRET}`,
      TIDEGATE_OUTGOING_LOOPBACK: server.address,
    },
  });
  api = app.api();
  await api.do('createEnvironment', { key: ENVIRONMENT });
  await api.do('createFlag', inProduction({ ...FLAG, enabled: true }));
}, 60_000);

afterAll(async () => {
  await app?.stop();
  server?.close();
  delete process.env[SECRET];
});

/** 40 requests of each arm, none of them bad, but for what is given. */
function answer({ from, to }: CountsQuestion, response: ServerResponse, given: object): void {
  const told = { from, to, new: { bad: 0, total: 40 }, control: { bad: 0, total: 40 }, ...given };
  response.end(JSON.stringify(told));
}

async function create(key: string, more: Arguments): Promise<void> {
  const webhook = { url: server.url, secretRef: `env:${SECRET}` };
  const target = { flag: FLAG.key, new: 'on', control: 'off' };
  await api.do('createGuard', inProduction({ key, source: 'webhook', webhook, margin: 2, target, ...more }));
}

async function recordOf(key: string): Promise<GuardRecord> {
  const { records } = await api.ask<{ records: GuardRecord[] }>('guard', { environment: ENVIRONMENT, key });
  const [record] = records;
  if (record === undefined) throw new Error(`guard ${key} has no record`);
  return record;
}

async function untilTrouble(key: string, words: string): Promise<void> {
  await eventually(async () => {
    expect(await recordOf(key)).toMatchObject({ state: 'blind', trouble: expect.stringContaining(words) });
  }, 60_000);
}

describe('a guard that asks a webhook', () => {
  it('is blind in words while the answers are wrong, and then counts each event once', async () => {
    const told: CountsQuestion[] = [];
    server.answers = (_question, response) => void response.writeHead(307, { location: server.url }).end();
    await create('watcher', { action: 'none' });
    await untilTrouble('watcher', 'it answered 307');
    server.answers = () => undefined;
    await untilTrouble('watcher', 'no answer in time');
    server.answers = (_question, response) => void response.end(Buffer.alloc(10_000_000, 32));
    await untilTrouble('watcher', 'longer than');
    server.answers = (question, response) => answer(question, response, { new: { bad: -1, total: 40 } });
    await untilTrouble('watcher', 'wrong at new.bad');
    server.answers = (_question, response) => void response.end('{"from":NaN}');
    await untilTrouble('watcher', 'is no JSON');
    server.answers = (question, response) => answer(question, response, { from: question.from - 5_000 });
    await untilTrouble('watcher', 'give back the from');
    expect(await recordOf('watcher')).toMatchObject({ windows: 0, newTotal: 0 });

    server.answers = (question, response) => {
      told.push(question);
      answer(question, response, {});
    };
    await eventually(async () => {
      const { state, windows } = await recordOf('watcher');
      expect([state, windows >= 3]).toEqual(['ok', true]);
    }, 60_000);
    const { newTotal, windows, watermark } = await recordOf('watcher');
    const counted = told.filter(({ to }) => to <= watermark);
    expect([newTotal, windows]).toEqual([counted.length * 40, counted.length]);
    expect(counted.slice(1).map(({ from }) => from)).toEqual(counted.slice(0, -1).map(({ to }) => to));
    expect(counted[0]).toMatchObject({ guard: 'watcher', subject: `flag/${FLAG.key}` });
  }, 180_000);

  it('turns a flag off whose users fail', async () => {
    server.answers = (question, response) => answer(question, response, { new: { bad: 30, total: 40 } });
    await create('closer', {});
    await eventually(async () => {
      const flag = await api.ask<{ enabled: boolean }>('flag', { environment: ENVIRONMENT, key: FLAG.key });
      expect(flag.enabled).toBe(false);
    }, 60_000);
    expect(await recordOf('closer')).toMatchObject({ state: 'tripped' });
  }, 90_000);

  it('asks no server that the settings don’t list', async () => {
    const webhook = { url: 'http://127.0.0.1:1/', secretRef: `env:${SECRET}` };
    await create('elsewhere', { webhook, action: 'none' });
    await untilTrouble('elsewhere', 'not listed in TIDEGATE_METRIC_WEBHOOKS');
  }, 60_000);

  it('signs with no secret that the settings don’t list', async () => {
    await create('prying', { webhook: { url: server.url, secretRef: 'env:PATH' }, action: 'none' });
    await untilTrouble('prying', 'TIDEGATE_METRIC_SECRETS does not list env:PATH');
  }, 60_000);
});
