import { afterAll, beforeAll, jest } from '@jest/globals';
import { describeMesh } from '../contract/mesh.contract.js';
import { istioHarness } from './istio-harness.js';
import { Testbed } from './testbed/testbed.js';

jest.setTimeout(60_000);

let testbed: Testbed;

beforeAll(async () => {
  testbed = await Testbed.start();
}, 120_000);

afterAll(async () => {
  await testbed?.stop();
}, 30_000);

describeMesh('the Istio mesh', () => istioHarness(testbed));
