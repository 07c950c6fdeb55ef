import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contestant } from './contestant.mjs';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const ADMIN = 'an-admin-token-for-measuring';
export const ENVIRONMENT = 'bench';

/** The real service as built, with an environment to measure in. On the embedded store unless `env` says otherwise. */
export class Service extends Contestant {
  #folder;

  static async start(env = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
    try {
      const service = await super.start(MAIN, {
        env: {
          TIDEGATE_DATA_DIR: folder,
          TIDEGATE_ADMIN_TOKEN: ADMIN,
          TIDEGATE_LOG_LEVEL: 'error',
          // what is measured is what a request costs, not how many one token may send
          TIDEGATE_RATE_API: '1000000',
          TIDEGATE_RATE_EVALUATION: '1000000',
          TIDEGATE_RATE_STREAMS: '1000000',
          ...env,
        },
        port: 'TIDEGATE_PORT',
        ready: '/readyz',
      });
      service.#folder = folder;
      return service;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Makes the environment, with flags and segments as given; answers the secret of a token for servers. */
  async setUp({ flags = [], segments = [] }) {
    await this.mutate('createEnvironment', 'CreateEnvironmentInput', { key: ENVIRONMENT });
    for (const segment of segments) await this.mutate('createSegment', 'CreateSegmentInput', inside(segment));
    for (const flag of flags) await this.mutate('createFlag', 'CreateFlagInput', inside(flag));
    const token = { key: 'bench', kind: 'server', environments: [ENVIRONMENT] };
    const { secret } = await this.mutate('createToken', 'CreateTokenInput', token, 'secret');
    return secret;
  }

  /** Runs one mutation; throws unless it did what it was asked. */
  async mutate(name, type, input, select = '') {
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${select} userErrors { field message } } }`;
    const payload = (await this.query(query, { input: { ...input, reason: 'To measure' } }))[name];
    if (payload.userErrors.length > 0) throw new Error(`${name}: ${JSON.stringify(payload.userErrors)}`);
    return payload;
  }

  async query(query, variables = {}) {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: adminHeaders,
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  }

  async stop(signal) {
    await super.stop(signal);
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const adminHeaders = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN}` };

const inside = (document) => ({ environment: ENVIRONMENT, ...document });
