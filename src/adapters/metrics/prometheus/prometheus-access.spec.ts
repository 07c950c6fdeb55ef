import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../../../test/support/authority.js';
import { PrometheusFront } from '../../../../test/support/prometheus-front.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import { PrometheusClient } from './prometheus-client.js';

let prometheus: TestPrometheus;
let authority: Authority;
let stranger: Authority;
let plain: PrometheusFront;
let folder: string;

beforeAll(async () => {
  prometheus = await startPrometheus([]);
  [authority, stranger] = await Promise.all([Authority.create(), Authority.create()]);
  plain = await new PrometheusFront(prometheus.url).start();
  folder = await mkdtemp(join(tmpdir(), 'tidegate-access-'));
}, 60_000);

afterAll(async () => {
  await plain?.stop();
  await prometheus?.stop();
  await Promise.all([authority?.remove(), stranger?.remove(), rm(folder, { recursive: true, force: true })]);
});

const ask = (client: PrometheusClient): ReturnType<PrometheusClient['samples']> =>
  client.samples('up', 10, Date.now());

describe('how a Prometheus is asked', () => {
  it('sends the token and the headers of the settings', async () => {
    const headers = { 'X-Scope-OrgID': 'team-a' };
    await ask(new PrometheusClient({ url: plain.url, token: 'let-me-in', headers }));
    expect(plain.seen.at(-1)).toMatchObject({
      authorization: 'Bearer let-me-in',
      'x-scope-orgid': 'team-a',
    });
  });

  it('reads the file of a token each time, and says which file holds none', async () => {
    const tokenFile = join(folder, 'token');
    const client = new PrometheusClient({ url: plain.url, tokenFile });
    await expect(ask(client)).rejects.toThrow(`${tokenFile} can't be read`);
    for (const token of ['first', 'second']) {
      await writeFile(tokenFile, `${token}\n`);
      await ask(client);
      expect(plain.seen.at(-1)?.authorization).toBe(`Bearer ${token}`);
    }
    await writeFile(tokenFile, 'two\nlines');
    await expect(ask(client)).rejects.toThrow(`there is no token in ${tokenFile}`);
  });

  it('shows a client certificate, and the renewed one once the files have changed', async () => {
    const [server, old, renewed] = await Promise.all(
      ['front', 'old', 'renewed'].map((name) => authority.issue(name)),
    );
    if (server === undefined || old === undefined || renewed === undefined) throw new Error('not issued');
    const front = await new PrometheusFront(prometheus.url, {
      key: await readFile(server.key),
      cert: await readFile(server.cert),
      ca: await readFile(authority.certFile),
      requestCert: true,
      rejectUnauthorized: true,
    }).start();
    const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
    const client = new PrometheusClient({ url: front.url, caFile: authority.certFile, ...files });
    for (const { key, cert } of [old, renewed]) {
      await copyFile(cert, files.certFile);
      await copyFile(key, files.keyFile);
      expect(await ask(client)).toEqual([]);
    }
    expect(front.peers).toEqual(['old', 'renewed']);
    await expect(ask(new PrometheusClient({ url: front.url, caFile: authority.certFile }))).rejects.toThrow(
      "Prometheus can't be reached",
    );
    const wrong = new PrometheusClient({ url: front.url, caFile: stranger.certFile, ...files });
    await expect(ask(wrong)).rejects.toThrow("Prometheus can't be reached");
    await front.stop();
  });
});

describe('an answer that is only a part', () => {
  const warned =
    (warning: string): PrometheusFront['treat'] =>
    (body, response) =>
      response.end(JSON.stringify({ ...body, warnings: [warning] }));

  it.each<[string, PrometheusFront['treat'], string]>([
    [
      'Thanos, by a warning beside the data',
      warned('receive series from Addr: 10.0.0.7:10901: rpc error: code = Unavailable'),
      'may be partial: receive series from Addr: 10.0.0.7:10901',
    ],
    ['Thanos without stores', warned('No StoreAPIs matched for this query'), 'may be partial: No StoreAPIs'],
    [
      'VictoriaMetrics, by a mark',
      (body, response) => response.end(JSON.stringify({ ...body, isPartial: true })),
      'its answer is partial',
    ],
    [
      'Mimir, by an error',
      (_, response) => {
        response.statusCode = 422;
        const error = 'the stream has failed: rpc error: code = Internal';
        response.end(JSON.stringify({ status: 'error', errorType: 'execution', error }));
      },
      'answered 422: the stream has failed',
    ],
  ])('is told as unknown: %s', async (_, treat, words) => {
    plain.treat = treat;
    await expect(ask(new PrometheusClient({ url: plain.url }))).rejects.toThrow(words);
    plain.treat = undefined;
  });

  it('is none for a remark of the query language, nor for a list of no warnings', async () => {
    plain.treat = (body, response) =>
      response.end(JSON.stringify({ ...body, infos: ['metric might not be a counter'], warnings: null }));
    expect(await ask(new PrometheusClient({ url: plain.url }))).toEqual([]);
    plain.treat = undefined;
  });
});
