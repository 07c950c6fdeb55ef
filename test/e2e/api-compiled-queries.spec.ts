import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSamples } from '../support/api-samples.js';
import { App } from '../support/app.js';

const BOTH = `
  query Environments { environments { key } }
  query Flags { flags(environment: "production") { totalCount } }
  mutation Off { disableFlag(input: { environment: "production", key: "nobody", reason: "no" }) { userErrors { code } } }
`;

let app: App;

beforeAll(async () => {
  app = await App.start();
  await createSamples(app.api());
}, 60_000);

afterAll(() => app?.stop());

const ask = async (operationName: string): Promise<unknown> => {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.token}` },
    body: JSON.stringify({ query: BOTH, operationName }),
  });
  return ((await response.json()) as { data: unknown }).data;
};

describe('a document of several operations', () => {
  it('runs the one that is named, however often another one ran', async () => {
    for (let time = 0; time < 4; time += 1) {
      expect(await ask('Environments')).toHaveProperty('environments');
    }
    expect(await ask('Flags')).toHaveProperty('flags');
    expect(await ask('Off')).toHaveProperty('disableFlag');
    expect(await ask('Environments')).toHaveProperty('environments');
  });
});
