import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api } from '../support/api.js';
import { ENVIRONMENT, inProduction } from '../support/api-samples.js';
import { App } from '../support/app.js';

let app: App;
let api: Api;

beforeAll(async () => {
  app = await App.start();
  api = app.api();
  await api.do('createEnvironment', { key: ENVIRONMENT });
  const identity = { issuer: 'https://id.example.com', jwksUri: 'https://id.example.com/jwks' };
  await api.do('setIdentity', inProduction({ identity }));
}, 60_000);

afterAll(() => app?.stop());

describe('the edge at a gateway', () => {
  it('is installed once somebody has seen to the provider, shown, told in the history, and uninstalled', async () => {
    const gateway = {
      name: 'public',
      namespace: 'istio-ingress',
      selector: { istio: 'ingressgateway' },
      provider: 'tidegate-edge',
    };
    const all = (state: string) => ({
      objects: Array.from({ length: 4 }, () => ({ name: expect.any(String), state })),
    });
    const asked = inProduction({ gateway });
    expect(await api.mutate('installEdge', asked)).toMatchObject({
      edge: null,
      revision: null,
      userErrors: [{ field: 'providerIsConfigured', code: 'INVALID_INPUT' }],
    });
    expect(await api.do('installEdge', { ...asked, dryRun: true })).toMatchObject({
      edge: all('missing'),
      revision: null,
    });
    const { revision, edge } = await api.do('installEdge', { ...asked, providerIsConfigured: true });
    expect(edge).toMatchObject({
      ...all('stands'),
      yaml: expect.stringContaining('kind: AuthorizationPolicy'),
      extensionProviders: expect.stringContaining('name: tidegate-edge'),
    });
    expect(await api.ask('gatewayEdge', asked)).toEqual(edge);
    expect(await api.ask('history', { environment: ENVIRONMENT, first: 1 })).toMatchObject({
      changes: [{ revision, event: { kind: 'install', evidence: { provider: 'tidegate-edge' } } }],
    });
    const where = inProduction({ name: 'public', namespace: 'istio-ingress' });
    const { removed } = await api.do('uninstallEdge', { ...where, dryRun: true });
    expect(removed).toHaveLength(4);
    expect(await api.ask('gatewayEdge', asked)).toEqual(edge);
    expect(await api.do('uninstallEdge', where)).toMatchObject({ removed });
    expect(await api.ask('gatewayEdge', asked)).toMatchObject(all('missing'));
    expect(await api.do('uninstallEdge', where)).toMatchObject({ removed: [] });
  });

  it.each([
    [{ name: 'Not A Label' }, 'gateway.name', 'INVALID_KEY'],
    [{ namespace: 'a/b' }, 'gateway.namespace', 'INVALID_INPUT'],
    [{ selector: {} }, 'gateway.selector', 'INVALID_INPUT'],
    [{ selector: { istio: 1 } }, 'gateway.selector.istio', 'INVALID_INPUT'],
    [{ provider: 'x: y' }, 'gateway.provider', 'INVALID_INPUT'],
  ])('is installed at no gateway that can not be named: case %#', async (over, field, code) => {
    const good = { name: 'a', namespace: 'b', selector: { istio: 'c' }, provider: 'd' };
    const asked = inProduction({ gateway: { ...good, ...over }, providerIsConfigured: true });
    expect(await api.mutate('installEdge', asked)).toMatchObject({
      edge: null,
      userErrors: [{ field, code }],
    });
  });

  it('leaves nothing behind of what an identity setting once needed', async () => {
    const where = { name: 'other', namespace: 'istio-ingress' };
    const gateway = { ...where, selector: { istio: 'other' }, provider: 'tidegate-edge' };
    const installed = inProduction({ gateway, providerIsConfigured: true });
    await api.do('installEdge', installed);
    await api.do('setIdentity', inProduction({ identity: null }));
    expect(await api.ask('gatewayEdge', inProduction({ gateway }))).toMatchObject({
      objects: [
        { state: 'stands' },
        { state: 'stands' },
        { state: 'stands' },
        { name: 'RequestAuthentication istio-ingress/tg-edge-other', state: 'surplus' },
      ],
    });
    const { edge } = await api.do('installEdge', installed);
    expect(edge).toMatchObject({ objects: { length: 3 } });
    expect(await api.do('uninstallEdge', inProduction(where))).toMatchObject({ removed: { length: 3 } });
  });
});
