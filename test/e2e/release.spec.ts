import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readMesh } from '../golden/mesh-reader.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, GATEWAY, ROLLOUT } from '../support/checkout.js';
import {
  act,
  type App,
  APPS,
  createRelease,
  PREVIEW,
  previewHostOf,
  publicHostOf,
} from '../support/release.js';
import { ServiceProcess } from '../support/service-process.js';

const ROUTES = 'routes { key new control } route { key }';
const reason = 'For a test';
const environment = ENVIRONMENT;

let service: ServiceProcess;

beforeAll(async () => {
  service = await ServiceProcess.start();
  await createRelease(service.admin);
}, 60_000);

afterAll(async () => {
  await service?.stop();
}, 30_000);

/** Versions at the gateway by what the mesh was told, and how much is copied, of each app. */
function told(headers: Record<string, string> = {}, hostOf = publicHostOf): unknown {
  return APPS.map((app) => {
    const text = readFileSync(join(service.meshFolder, `${ENVIRONMENT}.${app}.yaml`), 'utf8');
    const sent = readMesh(text)({ gateway: GATEWAY, host: hostOf(app), headers });
    const copied = /mirrorPercentage:\s+value: (\d+)/.exec(text)?.[1];
    return [sent?.map(({ labels }) => labels['version']).join(), copied ?? null];
  });
}

const both = (version: string, copied: string | null = null): unknown => APPS.map(() => [version, copied]);

async function untilTold(version: string, copied: string | null = null): Promise<void> {
  await eventually(() => expect(told()).toEqual(both(version, copied)), 20_000);
}

async function codesOf(
  name: 'createRollout' | 'updateRollout' | 'updateRoute' | 'startRollout',
  input: object,
) {
  const { userErrors } = await service.admin.mutate(name, { environment, reason, ...input });
  return userErrors.map(({ code, field }) => `${code} ${field}`);
}

const arms = (key: App): object => ({ key, new: 'v2', control: 'v1' });
const steps = [{ weight: 100_000, hold: 60 }];

describe('a release of two apps', () => {
  it('goes by copies and previews to everybody, and back, in the mesh of both', async () => {
    const preview = { [PREVIEW.header]: PREVIEW.value };
    await act(service.admin, 'startRollout');
    await untilTold('v1', '100');
    expect(await codesOf('updateRoute', { key: 'cart', mirror: null })).toEqual(['OWNED_BY_ROLLOUT mirror']);
    expect(await codesOf('createRollout', { key: 'rival', routes: [arms('cart')], steps })).toEqual([]);
    expect(await codesOf('startRollout', { key: 'rival' })).toEqual(['ROLLOUT_EXISTS key']);
    await act(service.admin, 'promoteRollout');
    await untilTold('v1');
    expect(told(preview)).toEqual(both('v2'));
    expect(told({}, previewHostOf)).toEqual(both('v1'));
    await act(service.admin, 'promoteRollout');
    await eventually(() => expect(told({}, previewHostOf)).toEqual(both('v2')), 20_000);
    expect(told()).toEqual(both('v1'));
    await act(service.admin, 'promoteRollout');
    await untilTold('v2');
    await act(service.admin, 'abortRollout');
    await untilTold('v1');
    expect(told(preview)).toEqual(both('v1'));
  }, 90_000);

  it('is one rollout to those who look for either app', async () => {
    for (const route of APPS) {
      const { rollouts, search } = await service.admin.run(
        `query ($environment: ID!, $route: ID!) {
          rollouts(environment: $environment, filter: { route: $route, text: "new-checkout" }) { edges { node { ${ROUTES} } } }
          search(environment: $environment, text: "new-", filter: { refersTo: { kind: route, key: $route }, kinds: [rollout] }) {
            totalCount
          }
        }`,
        { environment, route },
      );
      const expected = { routes: APPS.map(arms), route: { key: 'checkout' } };
      expect(rollouts.edges.map(({ node }) => node)).toEqual([expected]);
      expect(search.totalCount).toBe(1);
    }
  });

  it('needs routes that hash alike', async () => {
    expect(await codesOf('updateRoute', { key: 'cart', salt: 'its-own' })).toEqual([]);
    expect(await codesOf('startRollout', { key: ROLLOUT })).toEqual(['SALTS_DIFFER routes.1.key']);
    expect(await codesOf('updateRollout', { key: ROLLOUT, description: 'Two' })).toEqual([
      'SALTS_DIFFER routes.1.key',
    ]);
  });

  it('takes one route in the form of before, and not both forms at once', async () => {
    const made = await service.admin.do(
      'createRollout',
      { environment, reason, key: 'one', route: arms('cart'), steps },
      `rollout { ${ROUTES} }`,
    );
    expect(made.rollout).toEqual({ routes: [arms('cart')], route: { key: 'cart' } });
    const moved = await service.admin.do(
      'updateRollout',
      { environment, reason, key: 'one', route: arms('checkout') },
      `rollout { ${ROUTES} }`,
    );
    expect(moved.rollout).toEqual({ routes: [arms('checkout')], route: { key: 'checkout' } });
    await expect(
      service.admin.run(
        `mutation ($input: UpdateRolloutInput!) { updateRollout(input: $input) { userErrors { code field } } }`,
        { input: { environment, reason, key: 'one', route: arms('cart'), routes: [arms('cart')] } },
      ),
    ).resolves.toEqual({ updateRollout: { userErrors: [{ code: 'INVALID_INPUT', field: 'route' }] } });
  });

  it('has a template that begins with a preview, or with copies', async () => {
    const stepsOf = async (key: string, input: object): Promise<unknown> => {
      const { rollout } = await service.admin.do(
        'createRollout',
        { environment, reason, key, routes: [arms('cart')], template: 'blue_green', ...input },
        'rollout { steps { audience mirror weight hold preview { header value hosts } } }',
      );
      return rollout?.steps;
    };
    const none = { audience: null, mirror: null, weight: null, preview: null };
    const end = { ...none, weight: 100_000, hold: 86_400 };
    expect(await stepsOf('blue', { preview: PREVIEW })).toEqual([
      { ...none, preview: { ...PREVIEW, hosts: null }, hold: null },
      end,
    ]);
    expect(await stepsOf('green', {})).toEqual([{ ...none, mirror: 10, hold: 3_600 }, end]);
    const hosts = [previewHostOf('cart')];
    expect(await stepsOf('hosts', { preview: { hosts } })).toEqual([
      { ...none, preview: { header: null, value: null, hosts }, hold: null },
      end,
    ]);
    const elsewhere = {
      key: 'x',
      routes: [arms('cart')],
      template: 'blue_green',
      preview: { hosts: ['a.b'] },
    };
    expect(await codesOf('createRollout', elsewhere)).toEqual(['DANGLING_REFERENCE steps.0.preview.hosts.0']);
    const input = { key: 'x', routes: [arms('cart')], template: 'blue_green' };
    expect(await codesOf('createRollout', { ...input, audience: 'staff' })).toEqual([
      'INVALID_INPUT audience',
    ]);
    const dogfood = { ...input, template: 'dogfood', audience: 'staff', preview: PREVIEW };
    expect(await codesOf('createRollout', dogfood)).toEqual(['INVALID_INPUT preview']);
  });
});
