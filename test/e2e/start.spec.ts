import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { type Settings, ServiceProcess } from '../support/service-process.js';

const running: ServiceProcess[] = [];

async function start(settings: Settings): Promise<ServiceProcess> {
  const service = await ServiceProcess.start({ settings });
  running.push(service);
  return service;
}

/** Waits until the service has logged something of the kind. */
async function untilSaid(service: ServiceProcess, words: string): Promise<void> {
  await eventually(() => {
    expect(service.log().map(({ msg = '' }) => msg)).toContainEqual(expect.stringContaining(words));
  }, 20_000);
}

afterEach(async () => {
  for (const service of running.splice(0).toReversed()) await service.stop();
});

describe('a start', () => {
  it('on a port that is taken names the setting', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      await expect(start({ TIDEGATE_PORT: String(port) })).rejects.toThrow(
        `TIDEGATE_PORT: can't listen at 127.0.0.1:${port}: another process listens there: choose another port.`,
      );
    } finally {
      other.close();
    }
  }, 60_000);

  it('with a kubeconfig that is not there says so, before there is any route', async () => {
    const service = await start({ TIDEGATE_MESH: 'istio', TIDEGATE_KUBECONFIG: '/nope' });
    await untilSaid(service, "TIDEGATE_MESH=istio, but no route can be written: /nope can't be used");
  }, 60_000);

  it('with another first token tells that the old one is revoked', async () => {
    const folder = await start({});
    await folder.process.stop();
    const settings = {
      TIDEGATE_DATA_DIR: join(folder.folder, 'data'),
      TIDEGATE_ADMIN_TOKEN: `admin-${randomBytes(16).toString('hex')}`,
    };
    await untilSaid(await start(settings), 'its old secret is revoked');
  }, 60_000);
});
