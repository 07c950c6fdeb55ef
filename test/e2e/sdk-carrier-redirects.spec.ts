import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCarrier } from '@tidegate/sdk/http';

interface Seen {
  readonly method: string;
  readonly body: string;
  readonly headers: { readonly [name: string]: string | undefined };
}

const decision = { targetingKey: 'ann', buckets: new Map([['checkout', 7]]), segments: ['employees'] };
const carrier = createCarrier({ to: ['127.0.0.1'] });
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Answers what it was sent. */
const echo = () =>
  listen((request, response) => {
    const { method, headers } = request;
    void text(request).then((body) => response.end(JSON.stringify({ method, body, headers })));
  });

/** Sends whoever asks to `location`. */
const detour = (location: string, status = 302) =>
  listen((request, response) => {
    request.resume().on('end', () => response.writeHead(status, { location }).end('gone'));
  });

async function ask(port: number, init: RequestInit = {}): Promise<Seen & { readonly response: Response }> {
  const response = await carrier.run(decision, () => carrier.fetch(`http://127.0.0.1:${port}/start`, init));
  return { ...((await response.json()) as Seen), response };
}

const told = ({ headers }: Seen) => [
  headers['x-tg-b'],
  headers['x-tg-s'],
  headers['x-tg-k'],
  headers['baggage'],
];
const ALL = ['checkout=0007', 'employees', 'ann', 'a=1,tg-b=checkout%3D0007,tg-s=employees,tg-k=ann'];
const baggage = { baggage: 'a=1,tg-k=forged', authorization: 'Bearer x', 'x-other': '1', 'x-tg-k': 'forged' };

describe('a redirect', () => {
  it('to somebody who may not be told leaves the decision behind, and what else is of the first origin', async () => {
    const first = await detour(`http://localhost:${await echo()}/else`);
    const seen = await ask(first, { headers: baggage });
    expect(told(seen)).toEqual([undefined, undefined, undefined, 'a=1']);
    expect(seen.headers).toMatchObject({ 'x-other': '1' });
    expect(seen.headers['authorization']).toBeUndefined();
    expect([seen.response.redirected, new URL(seen.response.url).hostname]).toEqual([true, 'localhost']);
  });

  it('to another address that may be told takes it along, and no credentials', async () => {
    const first = await detour(`http://127.0.0.1:${await echo()}/else`);
    const seen = await ask(first, { headers: baggage });
    expect(told(seen)).toEqual(ALL);
    expect(seen.headers['authorization']).toBeUndefined();
  });

  it('back from somebody who may not be told is told again', async () => {
    const home = await echo();
    const away = await detour(`http://127.0.0.1:${home}/end`);
    const first = await detour(`http://localhost:${away}/`);
    expect(told(await ask(first, { headers: { baggage: 'a=1' } }))).toEqual(ALL);
  });

  it('within one address keeps everything', async () => {
    const port = await listen(({ url, headers }, response) => {
      if (url === '/start') return void response.writeHead(302, { location: '/end' }).end();
      response.end(JSON.stringify({ headers }));
    });
    const seen = await ask(port, { headers: baggage });
    expect(told(seen)).toEqual(ALL);
    expect(seen.headers['authorization']).toBe('Bearer x');
  });

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [302, 'PUT', 'PUT', 'some'],
    [307, 'POST', 'POST', 'some'],
    [308, 'PUT', 'PUT', 'some'],
  ])('of status %i makes of a %s a %s, as fetch does', async (status, method, becomes, body) => {
    const first = await detour(`http://localhost:${await echo()}/`, status);
    const init = { method, body: 'some', headers: { 'content-type': 'text/plain' } };
    const ours = await ask(first, init);
    const theirs = (await (await fetch(`http://127.0.0.1:${first}/start`, init)).json()) as Seen;
    expect(ours).toMatchObject({ method: becomes, body });
    expect(ours).toMatchObject({ method: theirs.method, body: theirs.body });
    expect(ours.headers['content-type']).toBe(theirs.headers['content-type']);
  });

  it('of a request with a body is followed with it', async () => {
    const first = await detour(`http://localhost:${await echo()}/`, 307);
    const request = new Request(`http://127.0.0.1:${first}/start`, { method: 'POST', body: 'some' });
    const response = await carrier.run(decision, () => carrier.fetch(request));
    expect(await response.json()).toMatchObject({ method: 'POST', body: 'some' });
  });

  it('without end, or to what is no web address, is an error as of fetch', async () => {
    const loop: number = await listen((_, response) => response.writeHead(302, { location: '/' }).end());
    const wrong = await detour('ftp://example.com/');
    for (const port of [loop, wrong]) await expect(ask(port)).rejects.toThrow('fetch failed');
  });

  it('is handed to a caller who follows it himself, or wants none', async () => {
    const first = await detour('http://localhost:1/');
    const manual = await carrier.fetch(`http://127.0.0.1:${first}/`, { redirect: 'manual' });
    expect(manual.status).toBe(302);
    await expect(carrier.fetch(`http://127.0.0.1:${first}/`, { redirect: 'error' })).rejects.toThrow(
      'fetch failed',
    );
  });
});
