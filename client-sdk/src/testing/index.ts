import { Recorder } from './recorder.js';
import { TestClient, type TestOptions } from './test-client.js';

export type { Evaluated } from './recorder.js';
export type { TestClient, TestOptions } from './test-client.js';

/** Makes a client for tests: no network, no files, `ready` at once. Throws INVALID_OPTIONS, naming the option. */
export function createTestClient(options: TestOptions = {}): TestClient {
  return new TestClient(options, new Recorder());
}
