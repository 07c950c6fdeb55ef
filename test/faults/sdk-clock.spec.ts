import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { message, snapshot, stream } from '../e2e/scripted-client.js';
import { ScriptedServer } from '../e2e/scripted-server.js';
import { InstalledSdk } from '../support/installed-sdk.js';

const HOUR = 3_600_000;

/** Lets a program move the clock of the wall by `shift` ms. */
const MOVABLE_CLOCK = `
  let shift = 0;
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...args) {
      if (args.length === 0) super(Real.now() + shift);
      else super(...args);
    }
    static now() {
      return Real.now() + shift;
    }
  };`;

describe('a clock that jumps', () => {
  let sdk: InstalledSdk;
  let server: ScriptedServer;
  let url: string;
  /** Answers to the next deliveries; 200 when there are no more. */
  let answers: [status: number, headers: Record<string, string>][];
  let deliveries: number[];

  beforeEach(async () => {
    sdk = await InstalledSdk.install();
    server = new ScriptedServer();
    url = await server.listen();
    answers = [];
    deliveries = [];
    server.script = (req, res) => {
      if (req.url === '/cut') return server.cut();
      if (req.url === '/api/v1/stream') return stream(res, message('snapshot', snapshot(1, true)));
      deliveries.push(performance.now());
      const [status, headers] = answers.shift() ?? [200, {}];
      res.writeHead(status, headers).end('{"applied":true,"dropped":0}');
    };
  });
  afterEach(async () => {
    await server.close();
    await sdk.remove();
  });

  const program = (body: string): string => `
    ${MOVABLE_CLOCK}
    const client = createClient({ url: '${url}', key: 'k', retryDelay: 20, flushInterval: 100 });
    client.on('error', ({ code }) => code === 'UNAVAILABLE' || console.log(code));
    await client.ready();
    const working = setInterval(() => undefined, 1_000);
    ${body}
    clearInterval(working);
    await client.close();
    const { counted, delivered } = client.stats();
    console.log(counted + ' ' + delivered);`;

  it.each([
    ['five hours forward', 5 * HOUR],
    ['five hours back', -5 * HOUR],
    ['ten years forward', 87_660 * HOUR],
    ['back to 1970', -400_000 * HOUR],
  ])('%s loses no count and keeps no stream from coming back', async (_, jump) => {
    answers = [
      [503, {}],
      [503, {}],
    ];
    const { lines, code, complaints } = await sdk.run(
      program(`
        client.boolean('new-checkout', {}, false);
        while (client.stats().failures === 0) await new Promise((done) => setTimeout(done, 5));
        shift = ${jump};
        client.boolean('new-checkout', {}, false);
        await client.flush();
        const back = new Promise((done) => client.on('status', (status) => status === 'ready' && done()));
        await fetch('${url}/cut').catch(() => undefined);
        await back;
        shift = 0;
        client.boolean('new-checkout', {}, false);
        await client.flush();`),
    );
    expect({ lines, code, complaints }).toEqual({ lines: ['3 3'], code: 0, complaints: '' });
  });

  it("does not make Retry-After's date longer or shorter, when the server says what time it has", async () => {
    answers = [
      [429, { date: 'Thu, 26 Nov 2026 12:00:00 GMT', 'retry-after': 'Thu, 26 Nov 2026 12:00:01 GMT' }],
    ];
    const { lines } = await sdk.run(
      program(`
        shift = ${-5 * HOUR};
        client.boolean('new-checkout', {}, false);
        await client.flush();`),
    );
    expect(lines).toEqual(['1 1']);
    expect((deliveries[1] ?? 0) - (deliveries[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });
});
