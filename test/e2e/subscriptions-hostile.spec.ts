import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import { App } from '../support/app.js';
import { until } from './until.js';

const LIMIT = 5;
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const QUERY = 'subscription { changes(environment: "production") { cursor } }';

let app: App;

beforeAll(async () => {
  app = await App.start({
    settings: { TIDEGATE_SUBSCRIPTIONS: String(LIMIT), TIDEGATE_RATE_API: '20' },
  });
  await app.api().do('createEnvironment', { key: 'production' });
}, 60_000);

afterAll(() => app?.stop());

async function send(text: string, options = {}): Promise<Socket> {
  const { hostname, port } = new URL(app.url);
  const socket = connect({ host: hostname, port: Number(port), ...options });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  await new Promise((resolve) => socket.write(text, resolve));
  return socket;
}

function requestOf(body: string): string {
  const { length } = body;
  const token = `Authorization: Bearer ${app.token}\r\n`;
  const type = 'Content-Type: application/json\r\n';
  return `POST /graphql/stream HTTP/1.1\r\nHost: x\r\n${token}${type}Content-Length: ${length}\r\n\r\n${body}`;
}

/** Whether the service would open one more subscription for the token. */
async function hasRoom(): Promise<boolean> {
  const controller = new AbortController();
  const response = await fetch(`${app.url}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.token}` },
    body: JSON.stringify({ query: QUERY }),
    signal: controller.signal,
  });
  controller.abort();
  return response.status === 200;
}

describe('a caller who asks to change the protocol at a wrong path', () => {
  const request = `GET /elsewhere HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`;

  it('and breaks the connection, whenever it does so, ends nothing but that', async () => {
    for (let wait = 0; wait < 10; wait += 1) {
      const socket = await send(request);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      socket.resetAndDestroy();
    }
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });

  it('is hung up on, though it keeps its own half of the connection open', async () => {
    const socket = await send(request, { allowHalfOpen: true });
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    await new Promise((resolve) => socket.once('end', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const writing = setInterval(() => socket.write('x'), 20);
    await closed;
    clearInterval(writing);
  });
});

describe('a subscriber who breaks the connection while the subscription is being started', () => {
  it('has nothing open', async () => {
    for (let count = 0; count < LIMIT * 4; count += 1) {
      const socket = await send(requestOf(JSON.stringify({ query: QUERY })));
      if (count % 2 === 1) await new Promise((resolve) => setImmediate(resolve));
      socket.resetAndDestroy();
    }
    await until(hasRoom);
  });
});

describe('a subscriber over WebSocket who sends what is refused', () => {
  it('is told to wait once that is more than the token may ask', async () => {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { authorization: `Bearer ${app.token}` },
    });
    const told: string[] = [];
    socket.on('message', (data: Buffer) => told.push(data.toString('utf8')));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('{"type":"connection_init"}');
    await until(() => told.length === 1);
    let id = 0;
    await until(() => {
      for (let count = 0; count < 200; count += 1) {
        id += 1;
        socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query: '{ nothing }' } }));
      }
      return told.some((message) => message.includes('"RATE_LIMITED"'));
    });
    socket.terminate();
  });
});
