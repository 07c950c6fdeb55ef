import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App } from '../support/app.js';
import { blocksOf } from '../support/page.js';

interface Payload {
  readonly rollout?: { readonly position: object };
  readonly userErrors: readonly object[];
}

let app: App;

beforeAll(async () => {
  app = await App.start();
}, 60_000);

afterAll(() => app?.stop());

describe('the README', () => {
  it('starts a rollout by what it says to paste', async () => {
    const [block] = blocksOf('README.md').filter(({ language }) => language === 'graphql');
    const { data, errors } = await app.api().run(block?.text ?? '');
    expect(errors).toEqual([]);
    const payloads = Object.values((data ?? {}) as { readonly [mutation: string]: Payload });
    expect(payloads.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(payloads.at(-1)?.rollout?.position).toMatchObject({ state: 'running', step: 0 });
  });
});
