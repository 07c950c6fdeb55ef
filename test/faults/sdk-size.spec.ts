import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Snapshot, SnapshotDelta } from '@tidegate/sdk/engine';
import { flag } from '../e2e/flag.js';
import { message, snapshot } from '../e2e/scripted-client.js';
import { ScriptedServer } from '../e2e/scripted-server.js';
import { InstalledSdk } from '../support/installed-sdk.js';

const MIB = 1_048_576;
const FLAGS = 100_000;

function large(): Snapshot {
  const flags = Array.from({ length: FLAGS }, (_, i) =>
    flag(`flag-${i}`, {
      description: 'x'.repeat(170),
      rules: [
        {
          id: 'r',
          condition: { attribute: ['country'], operator: 'in', value: ['DE', 'FR', `C${i}`] },
          serve: { variant: 'off' },
        },
      ],
    }),
  );
  return { ...snapshot(1, true), flags };
}

const DELTA: SnapshotDelta = {
  epoch: 'e',
  from: 1,
  revision: 2,
  flags: [flag('flag-7', { defaultVariant: 'off' })],
  segments: [],
  segmentChanges: [],
  routes: [],
  deleted: [],
  events: {},
};

interface Report {
  readonly answers: boolean[];
  readonly delivered: number;
  /** Milliseconds of work until it was ready, the start of the process included. */
  readonly cpu: number;
  readonly heap: number;
  readonly peak: number;
}

describe('a configuration of a size that nobody should have', () => {
  let sdk: InstalledSdk;
  let server: ScriptedServer;
  let url: string;
  let text: string;
  let tell: (() => void) | undefined;

  async function pour(res: ServerResponse, piece: string, least: number): Promise<void> {
    const over = new AbortController();
    const closed = once(res, 'close');
    for (let sent = 0; sent < least && !res.destroyed; sent += piece.length) {
      if (!res.write(piece)) await Promise.race([once(res, 'drain', { signal: over.signal }), closed]);
    }
  }

  beforeAll(async () => {
    sdk = await InstalledSdk.install();
    text = message('snapshot', large());
    server = new ScriptedServer();
    url = await server.listen();
    let endless = 0;
    server.script = (req, res) => {
      if (req.url?.endsWith('/api/v1/events') === true) return void res.writeHead(200).end('{"dropped":0}');
      if (req.url === '/tell') return void res.end(tell?.() ?? '');
      if (req.url?.startsWith('/endless') !== true) {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.write(text);
        tell = () => void res.write(message('delta', DELTA));
        return;
      }
      if (!req.url.endsWith('/api/v1/stream')) return void res.destroy();
      endless += 1;
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      if (endless !== 2) return void res.end(message('snapshot', snapshot(endless, true)));
      void pour(res, 'data: '.padEnd(MIB, 'x'), 1_000 * MIB);
    };
  });
  afterAll(async () => {
    await server.close();
    await sdk.remove();
  });

  it('of 100,000 flags and 50 MiB is held in bounded memory, evaluated, and changed by a delta', async () => {
    expect(Buffer.byteLength(text)).toBeGreaterThan(50 * MIB);
    const { lines, complaints } = await sdk.run(
      `const client = createClient({ url: '${url}', key: 'k' });
       await client.ready({ timeout: 120_000 });
       const { user, system } = process.cpuUsage();
       const answers = [client.boolean('flag-7', {}, false), client.boolean('flag-99999', { country: 'DE' }, true)];
       for (let i = 0; i < ${FLAGS / 2}; i += 1) client.boolean('flag-' + i, { country: 'FR' }, true);
       const changed = new Promise((done) => {
          client.on('change', done);
       });
       await fetch('${url}/tell');
       await changed;
       answers.push(client.boolean('flag-7', {}, true));
       await client.flush({ timeout: 60_000 });
       gc();
       console.log(JSON.stringify({
         answers,
         delivered: client.stats().delivered,
         cpu: (user + system) / 1_000,
         heap: process.memoryUsage().heapUsed,
         peak: process.resourceUsage().maxRSS * 1024,
       }));`,
      { deadline: 240_000, flags: ['--expose-gc'] },
    );
    expect(complaints).toBe('');
    const report = JSON.parse(lines.at(-1) ?? '') as Report;
    expect(report.answers).toEqual([true, false, false]);
    expect(report.delivered).toBe(FLAGS / 2 + 3);
    expect(report.cpu).toBeLessThan(10_000);
    expect(report.heap).toBeLessThan(8 * text.length);
    expect(report.peak).toBeLessThan(20 * text.length);
  });

  it('is given up where a message never ends, and what was known goes on being served', async () => {
    const { lines, complaints } = await sdk.run(
      `const client = createClient({ url: '${url}/endless', key: 'k', retryDelay: 10 });
       client.on('error', ({ code, message }) => code === 'PROTOCOL' && console.log(message));
       const again = new Promise((done) => client.on('change', ({ revision }) => revision === 3 && done()));
       await client.ready();
       const timer = setInterval(() => client.boolean('new-checkout', {}, false) || console.log('LOST'), 1);
       await again;
       clearInterval(timer);
       do {
         await new Promise((done) => setTimeout(done, 50));
         gc();
       } while (process.memoryUsage().heapUsed > ${64 * MIB});
       console.log('released');`,
      { deadline: 240_000, flags: ['--expose-gc'] },
    );
    expect(complaints).toBe('');
    expect(lines).toEqual([
      "The stream can't be continued: a message of the stream is longer than 268435456 characters",
      'released',
    ]);
  });
});
