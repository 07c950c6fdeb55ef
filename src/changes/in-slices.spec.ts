import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { inSlices } from './in-slices.js';

describe('a long piece of work', () => {
  it('lets requests of others be answered between its parts', async () => {
    const answered: string[] = [];
    const server = createServer(({ url: asked }, response) => {
      answered.push(asked ?? '');
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asking = Promise.all([1, 2, 3].map(async () => (await fetch(url)).text()));
    // It would never end if nobody else got a turn.
    function* untilAnswered(): Generator<undefined, readonly string[]> {
      while (answered.length < 3) yield;
      return answered;
    }
    expect(await inSlices(untilAnswered())).toHaveLength(3);
    await asking;
    server.close();
  });

  it('is given up once nobody waits for it', async () => {
    let isGone = false;
    setImmediate(() => (isGone = true));
    function* endless(): Generator<undefined, never> {
      for (;;) yield;
    }
    await expect(inSlices(endless(), () => isGone)).rejects.toMatchObject({ code: 'GENERAL' });
  });
});
