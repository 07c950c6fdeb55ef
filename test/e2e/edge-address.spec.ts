import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { readConfig } from '../../src/config/config.js';
import { startService } from '../../src/service.js';
import { App } from '../support/app.js';

let taken: Server | undefined;

afterEach(async () => {
  await new Promise((done) => (taken === undefined ? done(null) : taken.close(done)));
});

describe('the address of the edge', () => {
  it('that is taken stops the start with the name of its setting, before a token is shown', async () => {
    taken = createServer();
    await new Promise<void>((done) => taken?.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as AddressInfo;
    const app = await App.start({ token: false, settings: { TIDEGATE_EDGE_PORT: '0' } });
    expect(app.said).toHaveLength(1);
    await app.stop();
    const said: string[] = [];
    const config = readConfig({
      TIDEGATE_PORT: '0',
      TIDEGATE_DATA_DIR: app.folder,
      TIDEGATE_EDGE_PORT: String(port),
    });
    const service = await startService(config, pino({ level: 'silent' }), (line) => said.push(line));
    await expect(service.ready).rejects.toThrow(
      new RegExp(`^TIDEGATE_EDGE_PORT: the edge can't listen at 127.0.0.1:${port}: .*EADDRINUSE`),
    );
    expect(said).toEqual([]);
    await service.close();
  });
});
