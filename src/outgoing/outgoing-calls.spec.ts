import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OutgoingCalls } from './outgoing-calls.js';

const QUICK = { method: 'GET', timeout: 100 } as const;

let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer((_request, response) => response.end('here')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const urlOf = (host: string): URL => new URL(`http://${host}:${port}/`);

/** Look-ups that hang until they are let go, of all names but those of this machine. */
class Hanging {
  readonly asked: string[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly resolve = async (host: string): Promise<{ address: string; family: number }[]> => {
    this.asked.push(host);
    if (host !== 'quick.test') await new Promise<void>((go) => this.#waiting.push(go));
    return [{ address: '127.0.0.1', family: 4 }];
  };

  letGo(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}

describe('an outgoing call whose host is not looked up', () => {
  it('ends with its time-out, and holds up no other', async () => {
    const hanging = new Hanging();
    const calls = new OutgoingCalls([`quick.test:${port}`], hanging.resolve);
    const late = expect(calls.send(urlOf('hangs.test'), QUICK)).rejects.toMatchObject({ name: 'AbortError' });
    const answer = await calls.send(urlOf('quick.test'), { method: 'GET' });
    expect(answer).toEqual({ status: 200, body: 'here' });
    await late;
  });

  it('looks it up once, however often it is called meanwhile, and goes on once it is known', async () => {
    const hanging = new Hanging();
    const calls = new OutgoingCalls([`hangs.test:${port}`], hanging.resolve);
    for (let i = 0; i < 3; i += 1)
      await expect(calls.send(urlOf('hangs.test'), QUICK)).rejects.toMatchObject({ name: 'AbortError' });
    expect(hanging.asked).toEqual(['hangs.test']);
    const patient = calls.send(urlOf('hangs.test'), { method: 'GET' });
    hanging.letGo();
    expect(await patient).toEqual({ status: 200, body: 'here' });
    const again = calls.send(urlOf('hangs.test'), { method: 'GET' });
    expect(hanging.asked).toEqual(['hangs.test', 'hangs.test']);
    hanging.letGo();
    expect(await again).toMatchObject({ status: 200 });
  });

  it('is told what is wrong with it, each time', async () => {
    const asked: string[] = [];
    const calls = new OutgoingCalls([], async (host) => {
      asked.push(host);
      throw new Error(`no ${host}`);
    });
    for (const _ of [1, 2])
      await expect(calls.send(urlOf('nowhere.test'), QUICK)).rejects.toThrow('no nowhere.test');
    expect(asked).toHaveLength(2);
  });

  it('is checked as any other: a name of this machine is refused', async () => {
    const calls = new OutgoingCalls([], new Hanging().resolve);
    await expect(calls.send(urlOf('quick.test'), QUICK)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
