import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Carrier, type CarrierOptions, createCarrier } from '@tidegate/sdk/http';
import { createTestClient } from '@tidegate/sdk/testing';
import express from 'express';
import fastify from 'fastify';
import { flag } from './flag.js';
import { snapshotOf } from './snapshot.js';

/** What came out of one request: what its handler saw, and what the next service was sent. */
interface Outcome {
  readonly here: unknown;
  readonly byRequest: unknown;
  readonly sent: Readonly<Record<string, unknown>>;
}

const HEADERS = { 'x-tg-b': 'checkout=0421', 'x-tg-s': 'employees', 'x-tg-k': 'J%C3%BCrgen' };
const CONTEXT = { targetingKey: 'Jürgen', verified: { '@segments': ['employees'] } };
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The next service: answers the headers that it was sent. */
function echo(): Promise<string> {
  return listen(createServer(({ headers }, response) => response.end(JSON.stringify(headers))));
}

/** Calls the next service in the middle of a request, after others have had their turn. */
async function work(carrier: Carrier, next: string, request: object): Promise<Outcome> {
  await sleep(2);
  const sent = (await (await carrier.fetch(next)).json()) as Outcome['sent'];
  return { here: carrier.context, byRequest: carrier.of(request).context, sent };
}

type Serve = (carrier: Carrier, next: string) => Promise<string>;

const onExpress: Serve = (carrier, next) => {
  const app = express();
  app.use(carrier.middleware, express.json());
  app.post('/', (request, response, fail) => {
    work(carrier, next, request).then((outcome) => response.json(outcome), fail);
  });
  return listen(createServer(app as Parameters<typeof createServer>[1]));
};

const onFastify: Serve = async (carrier, next) => {
  const app = fastify();
  await app.register(carrier.fastify);
  app.post('/', (request) => work(carrier, next, request));
  closing.push(() => app.close());
  return app.listen({ port: 0, host: '127.0.0.1' });
};

function nestModule(carrier: Carrier, next: string) {
  @Controller()
  class Hop {
    @Post()
    async hop(@Req() request: object, @Body() _body: unknown): Promise<Outcome> {
      return work(carrier, next, request);
    }
  }
  @Module({ controllers: [Hop] })
  class Hops {}
  return Hops;
}

const onNestExpress: Serve = async (carrier, next) => {
  const app = await NestFactory.create(nestModule(carrier, next), new ExpressAdapter(), { logger: false });
  app.use(carrier.middleware);
  await app.listen(0, '127.0.0.1');
  closing.push(() => app.close());
  return app.getUrl();
};

const onNestFastify: Serve = async (carrier, next) => {
  const hops = nestModule(carrier, next);
  const app = await NestFactory.create<NestFastifyApplication>(hops, new FastifyAdapter(), { logger: false });
  await app.register(carrier.fastify);
  await app.listen(0, '127.0.0.1');
  closing.push(() => app.close());
  return app.getUrl();
};

/** A server that speaks in Request and Response, behind a small bridge. */
const onFetch: Serve = (carrier, next) => {
  const handle = carrier.handler(async (request: Request) => {
    await request.json();
    return Response.json(await work(carrier, next, request));
  });
  const bridge = async (request: IncomingMessage): Promise<string> => {
    const chunks = await request.toArray();
    const headers = Object.entries(request.headers) as [string, string][];
    const given = { method: 'POST', headers, body: Buffer.concat(chunks as Buffer[]) };
    return (await handle(new Request('http://here/', given))).text();
  };
  return listen(createServer((request, response) => void bridge(request).then((text) => response.end(text))));
};

const SERVERS: readonly [string, Serve][] = [
  ['Express', onExpress],
  ['Fastify', onFastify],
  ['Nest on Express', onNestExpress],
  ['Nest on Fastify', onNestFastify],
  ['fetch handlers', onFetch],
];

async function post(url: string, headers: Record<string, string>): Promise<Outcome> {
  const json = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers: { ...json, ...headers }, body: '{"a":1}' });
  expect(answer.ok).toBe(true);
  return (await answer.json()) as Outcome;
}

const TOLD = { trust: true, to: ['127.0.0.1'] } satisfies CarrierOptions;

describe.each(SERVERS)('a decision on %s', (_, serve) => {
  it('is there in the handler and on its request, and goes on to the next service', async () => {
    const url = await serve(createCarrier(TOLD), await echo());
    const { here, byRequest, sent } = await post(url, HEADERS);
    expect([here, byRequest]).toEqual([CONTEXT, CONTEXT]);
    expect(sent).toMatchObject(HEADERS);
    expect(sent['baggage']).toBe('tg-b=checkout%3D0421,tg-s=employees,tg-k=J%25C3%25BCrgen');
  });

  it('is of each request its own, though they overlap', async () => {
    const url = await serve(createCarrier(TOLD), await echo());
    const keys = Array.from({ length: 40 }, (__, index) => `user-${index}`);
    const outcomes = await Promise.all(keys.map((key) => post(url, { ...HEADERS, 'x-tg-k': key })));
    expect(outcomes.map(({ here }) => (here as { targetingKey: string }).targetingKey)).toEqual(keys);
    expect(outcomes.map(({ sent }) => sent['x-tg-k'])).toEqual(keys);
  });

  it('is neither believed nor handed on unless the application says whom it stands behind', async () => {
    const url = await serve(createCarrier({ to: ['127.0.0.1'] }), await echo());
    const { here, byRequest, sent } = await post(url, { ...HEADERS, baggage: 'tg-k=forged' });
    expect([here, byRequest]).toEqual([{}, {}]);
    expect(sent).toMatchObject({ 'x-tg-b': '', 'x-tg-s': '', 'x-tg-k': '' });
    expect(sent['baggage']).toBeUndefined();
  });

  it('goes to nobody else', async () => {
    const url = await serve(createCarrier({ trust: true }), await echo());
    const { here, sent } = await post(url, HEADERS);
    expect(here).toEqual(CONTEXT);
    expect(Object.keys(sent).filter((name) => name.startsWith('x-tg') || name === 'baggage')).toEqual([]);
  });

  it('passes over what is malformed or too long', async () => {
    const url = await serve(createCarrier(TOLD), await echo());
    const { here, sent } = await post(url, {
      'x-tg-b': `checkout=9,${'x'.repeat(4_000)},cart=0001`,
      'x-tg-s': ',,;<>,',
      'x-tg-k': '%ff',
    });
    expect(here).toEqual({});
    expect(sent).toMatchObject({ 'x-tg-b': 'cart=0001', 'x-tg-s': '', 'x-tg-k': '' });
  });

  it('is read from baggage where it is told to, and only where our headers are missing', async () => {
    const baggage = 'other=1,tg-b=checkout%3D0421,tg-s=employees,tg-k=ann';
    const url = await serve(createCarrier({ ...TOLD, readBaggage: true }), await echo());
    const alone = await post(url, { baggage });
    expect(alone.here).toEqual({ targetingKey: 'ann', verified: { '@segments': ['employees'] } });
    const beside = await post(url, { 'x-tg-b': '', baggage });
    expect(beside.here).toEqual({});
  });
});

describe('a carrier', () => {
  it('takes the place of headers that a request is sent with already', async () => {
    const carrier = createCarrier(TOLD);
    const next = await echo();
    const decision = { targetingKey: 'ann', buckets: new Map([['checkout', 7]]), segments: [] };
    const sent = await carrier.run(decision, async () => {
      const headers = { ...HEADERS, baggage: 'a=1,tg-k=forged', 'x-other': '1' };
      return (await (await carrier.fetch(new Request(next, { headers }))).json()) as Outcome['sent'];
    });
    expect(sent).toMatchObject({ 'x-tg-b': 'checkout=0007', 'x-tg-s': '', 'x-tg-k': 'ann', 'x-other': '1' });
    expect(sent['baggage']).toBe('a=1,tg-b=checkout%3D0007,tg-k=ann');
  });

  it('has nothing to say outside of a request, and leaves wrong addresses to fetch', async () => {
    const carrier = createCarrier({ ...TOLD, writeBaggage: false });
    expect(carrier.context).toEqual({});
    expect(carrier.headers('a=1')).toEqual({ 'x-tg-b': '', 'x-tg-s': '', 'x-tg-k': '' });
    await expect(carrier.fetch('no address')).rejects.toThrow('Failed to parse URL');
  });

  it('lets the flag of a rollout answer as its route, whoever decided first', async () => {
    const arms = [
      { variant: 'on', weight: 20_000 },
      { variant: 'off', weight: 80_000 },
    ];
    const tidegate = createTestClient({
      bootstrap: snapshotOf(
        1,
        {},
        {
          flags: [
            flag('new-checkout', {
              defaultVariant: 'off',
              rules: [
                {
                  id: 'employees',
                  condition: { operator: 'inSegment', value: 'employees' },
                  serve: { variant: 'on' },
                },
                {
                  id: 'split',
                  condition: { all: [] },
                  serve: { split: { arms, salt: 'checkout', bucketBy: ['targetingKey'] } },
                },
              ],
            }),
          ],
          segments: [
            {
              key: 'employees',
              description: '',
              included: [],
              excluded: [],
              rules: [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }],
            },
          ],
          routes: [
            {
              key: 'checkout',
              description: '',
              service: 'checkout.shop.svc.cluster.local',
              port: 80,
              gateways: [],
              mesh: true,
              versions: { v1: {}, v2: {} },
              salt: 'checkout',
              bucketBy: ['targetingKey'],
              rules: [
                {
                  id: 'employees',
                  condition: { operator: 'inSegment', value: 'employees' },
                  serve: { version: 'v2' },
                },
              ],
              default: 'v1',
              closed: null,
            },
          ],
        },
      ),
    });
    const first = createCarrier();
    const second = createCarrier({ trust: true });
    const users = Array.from({ length: 200 }, (__, index) => ({
      targetingKey: `user-${index}`,
      ...(index < 10 ? { verified: { groups: ['employees'] } } : {}),
    }));
    const arms2 = users.map((user) => {
      const headers = first.run({ targetingKey: null, buckets: new Map(), segments: [] }, () => {
        first.current.decide(user, tidegate.routeHeaders(user));
        return first.headers();
      });
      const arrived = second.handler(() => tidegate.boolean('new-checkout', second.context, false));
      const bucket = Number(/checkout=(\d{4})/.exec(headers['x-tg-b'])?.[1]);
      const byRoute = headers['x-tg-s'] === 'employees' || bucket < 2_000;
      const here = tidegate.boolean('new-checkout', user, false);
      return [here, arrived(new Request('http://checkout/', { headers: headers as never })), byRoute];
    });
    expect(arms2.filter(([here, there, route]) => here !== there || here !== route)).toEqual([]);
    expect(new Set(arms2.map(([here]) => here))).toEqual(new Set([true, false]));
    await tidegate.close();
  });
});
