import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Discovery } from '../../src/schema.types.js';
import { EMPLOYEE, ENVIRONMENT, GATEWAY, PUBLIC_HOST, ROUTE, SERVICE } from '../support/checkout.js';
import { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import type { KubernetesObject } from './testbed/kubernetes-object.js';
import { rightsIn, serviceUser, shippedRights } from './testbed/rights.js';
import { namespace } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';
import { send } from './testbed/traffic.js';

const QUERY = `{ discovery(environment: "${ENVIRONMENT}", route: "${ROUTE}") {
  known unknown missing waiting retiring { version rollout }
  versions { version label deployment images desired ready endpoints state rollout autoscaler { name min max } }
} }`;
const STEPS = [
  { audience: 'employees', hold: null },
  { weight: 100_000, hold: 0 },
];
const reason = 'A test';

let testbed: Testbed;
let service: ServiceProcess;

beforeAll(async () => {
  testbed = await Testbed.start({ users: [serviceUser] });
  await testbed.cluster.applyAll([...shippedRights(), autoscaler('v1')]);
  service = await ServiceProcess.start({
    settings: { TIDEGATE_MESH: 'istio', TIDEGATE_KUBECONFIG: testbed.apiServer.kubeconfig(serviceUser.name) },
  });
  await createRoute();
}, 180_000);

afterAll(async () => {
  await service?.stop();
  await testbed?.stop();
}, 60_000);

async function createRoute(): Promise<void> {
  const { admin } = service;
  const { issuer, jwks, audience } = testbed.issuer;
  const environment = ENVIRONMENT;
  const pairs = [{ attribute: 'groups', claim: ['groups'] }];
  await admin.do('createEnvironment', { key: environment, reason });
  await admin.do('setIdentity', { environment, reason, identity: { issuer, jwks, audience, pairs } });
  const rules = [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }];
  await admin.do('createSegment', { environment, key: 'employees', rules, reason });
  await admin.do('createRoute', {
    environment,
    key: ROUTE,
    service: SERVICE,
    gateways: [{ name: GATEWAY, hosts: [PUBLIC_HOST] }],
    versions: { v1: { version: 'v1' } },
    default: 'v1',
    reason,
  });
}

async function useTemplate(template: object): Promise<void> {
  const templates = [{ routes: [ROUTE], steps: STEPS, ...template }];
  await service.admin.do('setVersionTemplates', { environment: ENVIRONMENT, templates, reason });
}

function autoscaler(version: string): KubernetesObject {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: `checkout-${version}` };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: `checkout-${version}`, namespace },
    spec: { scaleTargetRef: target, minReplicas: 1, maxReplicas: 3 },
  };
}

async function seen(): Promise<Discovery> {
  const { discovery } = await service.admin.run(QUERY);
  if (discovery == null) throw new Error('there is no such route');
  return discovery;
}

async function versionSeen(label: string): Promise<Discovery['versions'][number] | undefined> {
  return (await seen()).versions.find((one) => one.label === label);
}

async function stateOf(rollout: string): Promise<string> {
  const { state, waiting } = await service.admin.position(ENVIRONMENT, rollout);
  return waiting === '' || state !== 'draft' ? state : `${state}: ${waiting}`;
}

async function serves(who: 'employee' | 'customer', version: string): Promise<void> {
  const headers = who === 'employee' ? testbed.issuer.authorization(EMPLOYEE) : {};
  const { versions, statuses } = await send(testbed.shop.outside, 10, { headers });
  expect({ versions: Object.keys(versions), statuses: Object.keys(statuses) }).toEqual({
    versions: [version],
    statuses: ['200'],
  });
}

describe('versions of a route in the cluster', () => {
  it('are told with images, pods, endpoints and autoscaler', async () => {
    await eventually(async () => {
      const { known, versions, missing } = await seen();
      expect({ known, missing }).toEqual({ known: true, missing: [] });
      expect(versions).toMatchObject([
        {
          version: 'v1',
          label: 'v1',
          deployment: 'shop/checkout-v1',
          images: ['testbed/app'],
          desired: 1,
          ready: 1,
        },
        { version: null, label: 'v2', deployment: 'shop/checkout-v2', ready: 1, autoscaler: null },
      ]);
      expect(versions.map(({ endpoints }) => endpoints)).toEqual([1, 1]);
      expect(versions[0]).toMatchObject({
        autoscaler: { name: 'checkout-v1', min: 1, max: 3 },
      });
    }, 20_000);
  }, 30_000);

  it('start nothing where they were there before the template', async () => {
    await useTemplate({ newer: 'restart', scaleDownAfter: 2 });
    await eventually(async () => expect((await versionSeen('v2'))?.state).toBe('known'), 20_000);
    const { rollouts } = await service.admin.run(
      `{ rollouts(environment: "${ENVIRONMENT}") { totalCount } }`,
    );
    expect(rollouts.totalCount).toBe(0);
  }, 30_000);

  it('start a rollout when they are new: employees first', async () => {
    await testbed.shop.deploy('v3');
    await eventually(async () => expect(await stateOf('checkout-v3')).toBe('running'), 40_000);
    await eventually(() => serves('employee', 'v3'), 20_000);
    await serves('customer', 'v1');
    const changes = await service.admin.history(ENVIRONMENT, 'rollout/checkout-v3');
    expect(changes.map(({ actor }) => actor)).toEqual(['discovery', 'discovery']);
  }, 60_000);

  it('make way for a newer one, as the template says', async () => {
    await testbed.shop.deploy('v4');
    await eventually(async () => expect(await stateOf('checkout-v4')).toBe('running'), 40_000);
    expect(await stateOf('checkout-v3')).toBe('aborted');
    await eventually(() => serves('employee', 'v4'), 20_000);
    await serves('customer', 'v1');
  }, 60_000);

  it('are scaled to zero once nobody is sent there, and their autoscaler leaves them there', async () => {
    const { admin } = service;
    const input = { environment: ENVIRONMENT, key: 'checkout-v4', reason };
    await eventually(() => admin.do('promoteRollout', input), 20_000);
    await eventually(async () => expect(await stateOf('checkout-v4')).toBe('completed'), 30_000);
    await eventually(() => serves('customer', 'v4'), 20_000);
    await testbed.shop.available('v1', 0);
    const told = await eventually(async () => {
      const changes = await admin.history(ENVIRONMENT, `route/${ROUTE}`);
      const found = changes.find(({ event }) => event?.kind === 'scale');
      expect(found).toBeDefined();
      return found;
    }, 10_000);
    expect(told).toMatchObject({
      actor: 'discovery',
      event: {
        evidence: {
          version: 'v1',
          deployments: [{ deployment: 'shop/checkout-v1', from: 1, autoscaler: 'checkout-v1' }],
        },
      },
    });
    await eventually(async () => {
      const { status } = await testbed.cluster.get<Autoscaled>(autoscaler('v1'));
      const active = status?.conditions?.find(({ type }) => type === 'ScalingActive');
      expect(active).toMatchObject({ status: 'False', reason: 'ScalingDisabled' });
    }, 40_000);
    await testbed.shop.available('v1', 0);
    await serves('customer', 'v4');
    expect((await seen()).missing).toEqual(['v1']);
  }, 120_000);

  it('start no second rollout when they come back after an abort', async () => {
    await testbed.shop.remove('v3');
    await eventually(async () => expect(await versionSeen('v3')).toBeUndefined(), 20_000);
    await testbed.shop.deploy('v3');
    await testbed.shop.available('v3', 1);
    await eventually(async () => expect((await versionSeen('v3'))?.ready).toBe(1), 20_000);
    expect(await versionSeen('v3')).toMatchObject({ state: 'started', rollout: 'checkout-v3' });
    expect(await stateOf('checkout-v3')).toBe('aborted');
  }, 60_000);
});

describe('a newer version during a rollout', () => {
  it('waits its turn under queue, and has it once the rollout has ended', async () => {
    await useTemplate({ newer: 'queue' });
    await testbed.shop.deploy('v5');
    await eventually(async () => expect(await stateOf('checkout-v5')).toBe('running'), 40_000);
    await testbed.shop.deploy('v6');
    await eventually(async () => {
      const { waiting } = await seen();
      expect(waiting).toBe('Version v6 waits for rollout "checkout-v5", which is running.');
    }, 40_000);
    await eventually(() => serves('employee', 'v5'), 20_000);
    await service.admin.do('abortRollout', { environment: ENVIRONMENT, key: 'checkout-v5', reason });
    await eventually(async () => expect(await stateOf('checkout-v6')).toBe('running'), 40_000);
    await eventually(() => serves('employee', 'v6'), 20_000);
    await serves('customer', 'v4');
  }, 120_000);

  it('is left out under latest where one that is newer yet has come', async () => {
    await useTemplate({ newer: 'latest' });
    await testbed.shop.deploy('v7');
    await eventually(async () => expect((await versionSeen('v7'))?.state).toBe('waiting'), 40_000);
    // The cluster tells ages by whole seconds.
    await sleep(1_100);
    await testbed.shop.deploy('v8');
    await eventually(async () => {
      const states = [await versionSeen('v7'), await versionSeen('v8')].map((one) => one?.state);
      expect(states).toEqual(['superseded', 'waiting']);
    }, 40_000);
    expect(await stateOf('checkout-v6')).toBe('running');
    await service.admin.do('abortRollout', { environment: ENVIRONMENT, key: 'checkout-v6', reason });
    await eventually(async () => expect(await stateOf('checkout-v8')).toBe('running'), 40_000);
    await eventually(() => serves('employee', 'v8'), 20_000);
    const { rollout } = await service.admin.run(
      `{ rollout(environment: "${ENVIRONMENT}", key: "checkout-v7") { key } }`,
    );
    expect(rollout).toBeNull();
  }, 120_000);
});

describe('the rights in deploy/rbac-discovery.yaml', () => {
  it('were enough for all of this, and none of them was left unused', () => {
    const requests = testbed.apiServer.audit.requests();
    expect(requests.filter(({ code }) => code === 403)).toEqual([]);
    const used = new Set(requests.map(({ verb, group, resource }) => `${verb} ${group}/${resource}`));
    expect(rightsIn('rbac-discovery.yaml').filter((right) => !used.has(right))).toEqual([]);
  });
});

interface Autoscaled extends KubernetesObject {
  status?: { conditions?: { type: string; status: string; reason: string }[] };
}
