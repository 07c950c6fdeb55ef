import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hang, PlayedApiServer, refuse } from '../../test/support/played-api-server.js';
import { Cluster } from './cluster.js';
import { clusterFailure } from './cluster-failure.js';
import { podPlace, ServiceAccount } from './service-account.js';

const path = '/apis/example.com/v1/things';

let server: PlayedApiServer;
let cluster: Cluster;

beforeEach(async () => {
  server = await PlayedApiServer.start();
  cluster = new Cluster({ serviceAccount: server.place });
});

afterEach(async () => {
  cluster.close();
  await server.stop();
});

const ask = () => cluster.request({ path });
/** What a caller makes of the failure. */
const failure = () => ask().then(() => null, clusterFailure);

describe('the connection to a cluster', () => {
  it('asks fifty times over one connection', async () => {
    for (let time = 0; time < 50; time++) await ask();
    expect(server.connections).toBe(1);
  });

  it('asks again where the connection that was kept had been closed', async () => {
    await ask();
    for (let time = 0; time < 20; time++) {
      server.cut();
      await ask();
    }
    expect(server.connections).toBeGreaterThan(1);
  });

  it('reads the token again when the old one is refused', async () => {
    await ask();
    server.token = 'second';
    await server.writeToken('second');
    await ask();
    expect(server.lists).toHaveLength(3);
    await ask();
    expect(server.lists).toHaveLength(4);
  });

  it('reads it once for many requests that are refused together', async () => {
    await ask();
    server.token = 'second';
    await server.writeToken('second');
    await Promise.all(Array.from({ length: 10 }, ask));
    expect(server.lists.length).toBeLessThanOrEqual(21);
  });

  it('is MESH_REFUSED where the token on disk is refused too, and asks no third time', async () => {
    server.token = 'another';
    expect(await failure()).toMatchObject({ code: 'MESH_REFUSED' });
    expect(server.lists).toHaveLength(1);
  });

  it('reads the token again after a minute, before anybody refuses it', async () => {
    let now = 0;
    const account = await ServiceAccount.load(server.place, () => now);
    await server.writeToken('second');
    now = 59_999;
    expect(await account.headers()).toEqual({ authorization: 'Bearer first' });
    now = 60_000;
    expect(await account.headers()).toEqual({ authorization: 'Bearer second' });
  });

  it('keeps the token at hand while the file can’t be read', async () => {
    let now = 0;
    const account = await ServiceAccount.load(server.place, () => now);
    await rm(join(server.folder, 'token'));
    now = 60_000;
    expect(await account.headers()).toEqual({ authorization: 'Bearer first' });
    await server.writeToken('second');
    expect(await account.headers()).toEqual({ authorization: 'Bearer second' });
  });

  it('takes new connections where the authority of the cluster was replaced', async () => {
    const account = await ServiceAccount.load(server.place);
    const before = account.agent;
    await account.renew();
    expect(account.agent).toBe(before);
    await writeFile(join(server.folder, 'ca.crt'), 'another');
    await account.renew();
    expect(account.agent).not.toBe(before);
  });

  it('is MESH_UNAVAILABLE without a service account, and works once there is one', async () => {
    await rm(join(server.folder, 'token'));
    expect(await failure()).toMatchObject({
      code: 'MESH_UNAVAILABLE',
      message: expect.stringContaining("the service account of this pod can't be used"),
    });
    await server.writeToken('first');
    await ask();
  });

  it('is MESH_UNAVAILABLE within its deadline where nobody answers', async () => {
    cluster = new Cluster({ serviceAccount: server.place, timeout: 100 });
    server.faults.list.push(hang);
    expect(await failure()).toMatchObject({
      code: 'MESH_UNAVAILABLE',
      message: "The API server can't be reached: there was no answer in time.",
    });
  });

  it('is MESH_UNAVAILABLE within its deadline where an answer stops in its middle', async () => {
    cluster = new Cluster({ serviceAccount: server.place, timeout: 100 });
    server.faults.list.push((response) => response.write('{"items":['));
    expect(await failure()).toMatchObject({
      code: 'MESH_UNAVAILABLE',
      message: expect.stringContaining('no answer in time'),
    });
  });

  it('is MESH_UNAVAILABLE where nobody listens', async () => {
    await ask();
    await server.stop();
    expect(await failure()).toMatchObject({
      code: 'MESH_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('passes a refusal on in the server’s words', async () => {
    server.faults.list.push(refuse(403, 'things is forbidden'));
    expect(await failure()).toMatchObject({
      code: 'MESH_REFUSED',
      message: 'The API server refused: things is forbidden',
    });
  });

  it('is MESH_UNAVAILABLE where the answer is no JSON', async () => {
    server.faults.list.push((response) => response.end('<html>'));
    expect(await failure()).toMatchObject({ code: 'MESH_UNAVAILABLE' });
  });

  it('is MESH_UNAVAILABLE once it is closed', async () => {
    cluster.close();
    expect(await failure()).toMatchObject({ code: 'MESH_UNAVAILABLE' });
  });

  it.each([
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' }, 'https://10.0.0.1:6443'],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'https://10.0.0.1:443'],
    [{ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, 'https://[fd00::1]:443'],
  ])('finds the API server of %p at %s', (env, url) => {
    expect(podPlace(env).server).toBe(url);
  });

  it('says that it is in no pod where it is in none', () => {
    expect(() => podPlace({})).toThrow('this is no pod');
  });
});
