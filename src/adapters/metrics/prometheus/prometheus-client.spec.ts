import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TroubleCode } from '../../../domain/guard/trouble.js';
import { PrometheusClient } from './prometheus-client.js';
import type { PrometheusServer } from './prometheus-server.js';

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void;

let answer: Answer = (response) => response.end();
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => answer(response, request, body));
});
let origin = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

const json =
  (value: unknown, status = 200): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const matrix = (result: unknown, more: object = {}): Answer =>
  json({ status: 'success', data: { resultType: 'matrix', result }, ...more });

const timed = (...times: number[]): Answer =>
  matrix([{ metric: { job: 'a' }, values: times.map((time, i) => [time, String(i)]) }]);

const ask = (
  url = `http://${origin}`,
  more: Partial<PrometheusServer> = {},
): ReturnType<PrometheusClient['samples']> =>
  new PrometheusClient({ url, ...more }).samples('up{job="a"}', 42, 1_700_000_000_123);

describe('the Prometheus client', () => {
  it('asks for raw samples and reads times in ms and values as Go spells them', async () => {
    let asked: URLSearchParams | undefined;
    answer = (response, request, body) => {
      asked = new URLSearchParams(body);
      expect(`${request.method} ${request.url}`).toBe('POST /tenant/a/api/v1/query');
      const values = [
        [1_700_000_000.5, '3'],
        [1_700_000_001.25, 'NaN'],
        [1_700_000_002, '+Inf'],
        [1_700_000_003, '-Inf'],
      ];
      matrix([{ metric: { job: 'a' }, values }], { infos: ['nothing of note'] })(response, request, body);
    };
    expect(await ask(`http://${origin}/tenant/a/`)).toEqual([
      {
        labels: { job: 'a' },
        samples: [
          { at: 1_700_000_000_500, value: 3 },
          { at: 1_700_000_001_250, value: Number.NaN },
          { at: 1_700_000_002_000, value: Infinity },
          { at: 1_700_000_003_000, value: -Infinity },
        ],
      },
    ]);
    expect(Object.fromEntries(asked ?? [])).toEqual({
      query: 'up{job="a"}[42s]',
      time: '1700000000.123',
      timeout: '5s',
      partial_response: 'false',
    });
  });

  it('sends user and password of the address as basic authentication, and tells them to nobody', async () => {
    let authorization: string | undefined;
    answer = (response, request) => {
      ({ authorization } = request.headers);
      json({ status: 'error', error: 'no' }, 401)(response, request, '');
    };
    await expect(ask(`http://me:p%40ss@${origin}`)).rejects.toThrow(/^Prometheus answered 401: no$/);
    expect(authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  it.each<[string, Answer, string, TroubleCode]>([
    ['a mark', matrix([], { isPartial: true }), 'its answer is partial', 'PARTIAL_ANSWER'],
    [
      'a warning',
      matrix([], { warnings: ['one store is away'] }),
      'may be partial: one store is away',
      'PARTIAL_ANSWER',
    ],
    [
      'an error',
      json({ status: 'error', errorType: 'bad_data', error: 'parse error' }, 400),
      'answered 400: parse error',
      'ERROR_ANSWERED',
    ],
    ['an error page', (response) => response.writeHead(503).end('<html>'), 'answered 503', 'ERROR_ANSWERED'],
    [
      'a redirect, which is not followed',
      (response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      'answered 302',
      'ERROR_ANSWERED',
    ],
    [
      'a time that comes twice',
      timed(1_700_000_000, 1_700_000_000),
      'two values of {"job":"a"} for one time',
      'BAD_TIMES',
    ],
    ['times that fall', timed(1_700_000_000, 1_699_999_990), 'or times that fall', 'BAD_TIMES'],
    ['a time to come', timed(1_700_000_000, 1_700_003_600), '3599877 ms ahead', 'BAD_TIMES'],
    ['no JSON', (response) => response.end('{"status"'), 'no range of samples', 'BAD_ANSWER'],
    [
      'another type',
      json({ status: 'success', data: { resultType: 'vector', result: [] } }),
      'no range of samples',
      'BAD_ANSWER',
    ],
    [
      'more than 10 MB',
      (response) => response.end(Buffer.alloc(10 * 1024 * 1024 + 1, 32)),
      'answered more than 10 MB',
      'ANSWER_TOO_LARGE',
    ],
    [
      'half an answer',
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{');
        setTimeout(() => response.destroy(), 20);
      },
      'broke off its answer',
      'UNREACHABLE',
    ],
    ['no answer', (response) => response.destroy(), "can't be reached", 'UNREACHABLE'],
  ])('says so by a code and in words: %s', async (_, given, words, code) => {
    answer = given;
    await expect(ask(undefined, { timeout: 20_000 })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  it('asks anew where the server closes a kept connection instead of answering', async () => {
    const kept = new PrometheusClient({ url: `http://${origin}` });
    const sockets = new Set<object>();
    const closing: Answer = (response, request, body) => {
      const isKept = sockets.has(request.socket);
      sockets.add(request.socket);
      if (isKept) request.socket.resetAndDestroy();
      else matrix([])(response, request, body);
    };
    answer = closing;
    for (let i = 0; i < 3; i += 1) expect(await kept.samples('up', 42, 1_700_000_000_123)).toEqual([]);
    expect(sockets.size).toBe(3);
  });

  it('asks once where a kept connection breaks off an answer that had begun', async () => {
    const kept = new PrometheusClient({ url: `http://${origin}` });
    let asked = 0;
    answer = (response, request, body) => {
      asked += 1;
      if (asked === 1) return matrix([])(response, request, body);
      response.writeHead(200, { 'content-length': '100' }).write('{');
      setTimeout(() => request.socket.resetAndDestroy(), 20);
    };
    expect(await kept.samples('up', 42, 1_700_000_000_123)).toEqual([]);
    await expect(kept.samples('up', 42, 1_700_000_000_123)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('broke off its answer'),
    });
    await ask(undefined).catch(() => undefined);
    expect(asked).toBe(3);
  });

  it.each<[string, Answer]>([
    ['nothing comes', () => undefined],
    ['the answer never ends', (response) => void response.writeHead(200).write('{')],
  ])(
    'gives up after 5 s where %s',
    async (_, given) => {
      answer = given;
      await expect(ask()).rejects.toMatchObject({
        code: 'NO_ANSWER',
        message: expect.stringContaining('no answer within 5 s'),
      });
    },
    20_000,
  );
});
