import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InstalledSdk } from '../support/installed-sdk.js';
import { selfSigned } from '../support/self-signed.js';
import { message, ScriptedClient, snapshot, stream } from './scripted-client.js';
import { until } from './until.js';

describe('the SDK over TLS', () => {
  let server: Server;
  let cert: string;
  let requests = 0;
  let url: string;

  beforeAll(async () => {
    const pair = await selfSigned();
    ({ cert } = pair);
    server = createServer(pair, (req, res) => {
      requests += 1;
      if (req.url === '/api/v1/events') res.writeHead(200).end('{"applied":true,"dropped":0}');
      else stream(res, message('snapshot', snapshot(1, true)));
    });
    await new Promise<void>((done) => server.listen(0, 'localhost', done));
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('says nothing to a server whose certificate nobody vouches for', async () => {
    const sdk = new ScriptedClient();
    const client = sdk.connect({ url });
    await until(() => sdk.errors.length >= 2);
    expect(sdk.errors[0]).toMatchObject({ code: 'UNAVAILABLE' });
    expect(sdk.errors[0]?.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(client.boolean('new-checkout', {}, false)).toBe(false);
    expect(requests).toBe(0);
    await client.close();
  });

  it('finds out that a server speaks no TLS', async () => {
    const sdk = new ScriptedClient();
    await sdk.start();
    const client = sdk.connect({ url: sdk.url.replace('http:', 'https:') });
    await until(() => sdk.errors.length >= 2);
    expect(sdk.errors[0]).toMatchObject({ code: 'UNAVAILABLE' });
    expect(client.status).toBe('connecting');
    await sdk.stop();
  });

  it('works with a certificate that the process trusts, and keeps no process alive', async () => {
    const sdk = await InstalledSdk.install();
    const trusted = path.join(sdk.folder, 'trusted.pem');
    await writeFile(trusted, cert);
    const { code, lines } = await sdk.run(
      `const client = createClient({ url: '${url}', key: 'k' });
       await client.ready();
       console.log(client.boolean('new-checkout', {}, false));
       await client.flush();
       console.log(client.stats().delivered);`,
      { env: { NODE_EXTRA_CA_CERTS: trusted } },
    );
    expect({ code, lines }).toEqual({ code: 0, lines: ['true', '1'] });
    await sdk.remove();
  });
});
