import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api } from '../support/api.js';
import { createSamples, ENVIRONMENT, ROUTE } from '../support/api-samples.js';
import { App } from '../support/app.js';

let app: App;
let api: Api;

beforeAll(async () => {
  app = await App.start();
  api = app.api();
  await createSamples(api);
}, 60_000);

afterAll(() => app?.stop());

const ask = (args: object) =>
  api.call('bucketShare', { environment: ENVIRONMENT, route: ROUTE.key, ...args });

describe('the share of requests without a bucket', () => {
  it('is null without a Prometheus, and says so', async () => {
    expect(await ask({ minutes: 60 })).toMatchObject({
      data: { bucketShare: { share: null, requests: 0, reason: expect.stringContaining('No Prometheus') } },
    });
  });

  it('is nothing where there is no such route', async () => {
    expect(await ask({ route: 'nowhere', minutes: 5 })).toMatchObject({ data: { bucketShare: null } });
  });

  it.each([0, 61, -1])('is not told of %i minutes', async (minutes) => {
    expect(await ask({ minutes })).toMatchObject({
      errors: [{ message: expect.stringContaining('minutes'), extensions: { code: 'INVALID_INPUT' } }],
    });
  });
});
