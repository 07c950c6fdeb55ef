import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import type { Api, ApiPayload, Arguments } from '../support/api.js';
import { createSamples, ENVIRONMENT, FLAG, inProduction } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { Exporter } from '../support/exporter.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';

let app: App;
let api: Api;
let exporter: Exporter;
let prometheus: TestPrometheus;
let traffic: NodeJS.Timeout;
/** Requests that came to the server named `sick`, none of which is answered. */
const asked: IncomingMessage[] = [];
const waiting: ServerResponse[] = [];
const sick = createServer((request, response) => {
  asked.push(request);
  waiting.push(response);
});

beforeAll(async () => {
  exporter = await Exporter.start();
  prometheus = await startPrometheus([exporter.target]);
  sick.listen(0, '127.0.0.1');
  await once(sick, 'listening');
  const servers = {
    payments: { url: prometheus.url, connections: 2 },
    sick: {
      url: `http://127.0.0.1:${(sick.address() as AddressInfo).port}/tenant`,
      token: 'of-its-own',
      headers: { 'X-Scope-OrgID': 'team-b' },
      timeout: 60,
    },
  };
  app = await App.start({ settings: { TIDEGATE_PROMETHEUS_SERVERS: JSON.stringify(servers) } });
  api = app.api();
  await createSamples(api);
  traffic = setInterval(() => {
    for (const version of ['v1', 'v2']) exporter.add(`jobs_total{version="${version}"}`, 10);
  }, 200);
}, 120_000);

afterAll(async () => {
  clearInterval(traffic);
  await app?.stop();
  sick.close();
  sick.closeAllConnections();
  await prometheus?.stop();
  await exporter?.gone();
});

function guardOn(key: string, server: string | null): Arguments {
  const query = {
    bad: 'jobs_failed',
    total: 'jobs_total',
    arm: { label: 'version', new: 'v2', control: 'v1' },
  };
  const target = { flag: FLAG.key, new: 'on', control: 'off' };
  return inProduction({ key, source: 'prometheus', server, query, margin: 2, target, action: 'tell' });
}

interface Found {
  readonly server: string | null;
  readonly records: readonly {
    readonly state: string;
    readonly windows: number;
    readonly troubleCode: string | null;
  }[];
}

const find = (key: string): Promise<Found> => api.ask<Found>('guard', { environment: ENVIRONMENT, key });

describe('several Prometheus servers', () => {
  it('are named in settings; a guard can name no other', async () => {
    const made: ApiPayload = await api.do('createGuard', guardOn('fine', 'payments'));
    expect(made.userErrors).toEqual([]);
    await api.do('createGuard', guardOn('stuck', 'sick'));
    await api.do('createGuard', guardOn('nameless', null));
    const refused = await api.call('createGuard', {
      input: { ...guardOn('other', 'elsewhere'), reason: 'r' },
    });
    expect(refused.data?.['createGuard']).toMatchObject({
      userErrors: [
        {
          field: 'server',
          code: 'DANGLING_REFERENCE',
          message: expect.stringContaining('there are payments, sick'),
        },
      ],
    });
    const { environment: _, key, ...value } = guardOn('other', 'elsewhere');
    const input = inProduction({ changes: [{ kind: 'guard', key, value }], reason: 'r' });
    expect((await api.call('applyChanges', { input })).data?.['applyChanges']).toMatchObject({
      userErrors: [{ field: 'changes.0.value.server', code: 'DANGLING_REFERENCE' }],
    });
  });

  it('delay and blind none but their own guards', async () => {
    const fine = await eventually(async () => {
      const found = await find('fine');
      expect(found.records).toMatchObject([{ state: 'ok', troubleCode: null }]);
      expect(found.records[0]?.windows).toBeGreaterThanOrEqual(6);
      return found;
    }, 60_000);
    expect(fine.server).toBe('payments');
    // The first question to the sick one is on its way all that time, one for the series that its guard has, and one for its history.
    expect(asked).toHaveLength(3);
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer of-its-own',
      'x-scope-orgid': 'team-b',
    });
    expect(asked[0]?.url).toBe('/tenant/api/v1/query');
    expect((await find('stuck')).records).toMatchObject([{ state: 'warming', windows: 0 }]);
    expect((await find('nameless')).records).toMatchObject([{ state: 'blind', troubleCode: 'NO_SOURCE' }]);

    for (const response of waiting) response.destroy();
    await eventually(async () => {
      expect((await find('stuck')).records).toMatchObject([{ state: 'blind', troubleCode: 'UNREACHABLE' }]);
    }, 30_000);
    expect((await find('fine')).records).toMatchObject([{ state: 'ok' }]);
  }, 120_000);
});
