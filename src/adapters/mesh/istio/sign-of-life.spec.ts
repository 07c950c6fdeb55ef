import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cluster } from '../../../cluster/cluster.js';
import { SignOfLife } from './sign-of-life.js';

let folder: string;
let server: Server;
let cluster: Cluster;
let status: number;
let asked: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-sign-'));
  await Promise.all(['ca.crt', 'token'].map((name) => writeFile(join(folder, name), '')));
  asked = 0;
  server = createServer((_, response) => {
    asked += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  cluster = new Cluster({ serviceAccount: { folder, server: `http://127.0.0.1:${port}` } });
});

afterEach(async () => {
  cluster.close();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a sign of life of the API server', () => {
  it.each([200, 403, 404, 429])('is an answer of %d, and is asked for once in a while', async (answer) => {
    status = answer;
    const sign = new SignOfLife(cluster);
    await Promise.all([sign.seen(), sign.seen()]);
    await sign.seen();
    expect(asked).toBe(1);
  });

  it('is none where the server, or a proxy before it, fails, and is asked for again then', async () => {
    status = 503;
    const sign = new SignOfLife(cluster);
    await expect(sign.seen()).rejects.toMatchObject({ status: 503 });
    status = 200;
    await sign.seen();
    expect(asked).toBe(2);
  });
});
