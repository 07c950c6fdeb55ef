import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Block, blocksOf } from '../support/page.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { routingObjects } from './istio-harness.js';
import { binaries } from './testbed/binaries.js';
import { eventually } from './testbed/eventually.js';
import { SteadyLoad } from './testbed/steady-load.js';
import { Testbed } from './testbed/testbed.js';
import { request } from './testbed/traffic.js';

const PAGE = 'docs/mesh.md';
const PER_SECOND = 100;
const [begin, ...rest] = blocksOf(PAGE);

let testbed: Testbed;
let service: ServiceProcess;
let folder: string;
let load: SteadyLoad | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-page-'));
  testbed = await Testbed.start();
  service = await startOnMesh(testbed, { TIDEGATE_ISTIOD_DEBUG_URLS: testbed.istiod.debugUrl });
}, 180_000);

afterAll(async () => {
  await load?.stop();
  await service?.stop();
  await testbed?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** As whoever reads the page: an administrator of the cluster, in a folder of his own. */
async function inShell(text: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-euc', text], {
    cwd: folder,
    env: {
      ...process.env,
      PATH: [dirname(binaries.kubectl), process.env['PATH']].join(delimiter),
      KUBECONFIG: testbed.apiServer.kubeconfig(),
      GATEWAY: `http://127.0.0.1:${testbed.shop.outside.port}`,
    },
  });
  return stdout;
}

/** A block's answer. Of what changes nothing the page may say how it is a moment later. */
async function run({ language, text, answer }: Block): Promise<void> {
  if (language === 'graphql' && text.startsWith('mutation')) {
    const payloads = Object.values(await service.admin.run<Payloads>(text));
    return expect(payloads.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  }
  if (answer === null) return void (await inShell(text));
  await eventually(async () => {
    const given: unknown =
      language === 'graphql' ? await service.admin.run(text) : JSON.parse(await inShell(text));
    expect(given).toMatchObject(answer);
  }, 30_000);
}

type Payloads = { readonly [mutation: string]: { readonly userErrors: readonly unknown[] } };

describe('the page on adopting a VirtualService', () => {
  it('begins with one that somebody has', async () => {
    await run(begin as Block);
    await eventually(async () => {
      const { status, headers } = await request(testbed.shop.outside);
      expect({ status, region: headers['region'] }).toEqual({ status: 200, region: 'eu' });
    }, 20_000);
    load = new SteadyLoad(testbed.shop.outside, PER_SECOND, 'checkout');
  });

  it.each(rest)('does what it says at line $line', run);

  it('leaves the cluster as it was, and everybody was answered by the old version all the while', async () => {
    await load?.stop();
    const { answers = [], failures = [] } = load ?? {};
    process.stdout.write(
      `adopted and given back in two ways: ${failures.length} of ${answers.length} requests failed\n`,
    );
    expect(answers.length).toBeGreaterThan(PER_SECOND);
    expect(failures).toEqual([]);
    expect(new Set(answers.map(({ version }) => version))).toEqual(new Set(['v1']));
    const left = await routingObjects(testbed);
    expect(left.map(({ kind, metadata: { name } }) => `${kind} ${name}`)).toEqual([
      'DestinationRule storefront',
      'VirtualService storefront',
    ]);
    expect(
      left.map(({ metadata: { annotations = {}, labels = {} } }) => [
        ...Object.keys(annotations),
        ...Object.keys(labels),
      ]),
    ).toEqual([['kubectl.kubernetes.io/last-applied-configuration'], []]);
  });
});
