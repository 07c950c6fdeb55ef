import { fileURLToPath } from 'node:url';
import type { ClusterClient } from './cluster-client.js';
import { podSidecarIdentity } from './envoy-bootstrap.js';
import { Envoy } from './envoy.js';
import { eventually } from './eventually.js';
import { http } from './http.js';
import { proxyPort } from './istiod.js';
import type { KubernetesObject } from './kubernetes-object.js';
import type { PodObject } from './pod.js';
import { deployment, namespace, service, serviceName } from './shop-objects.js';
import type { Testbed } from './testbed.js';

/** What one service said: who it is, and what the flag is to it. */
export interface Hop {
  readonly service: string;
  readonly version: string;
  readonly flag: boolean;
}

export interface ChainOptions {
  /** For the SDK in each service. */
  readonly tidegate: string;
  readonly token: string;
  readonly flag: string;
}

interface Link {
  readonly app: string;
  readonly version: string;
  /** The app that it calls, and the port of its sidecar. */
  readonly calls?: { readonly app: string; readonly proxyPort: number };
}

const program = fileURLToPath(new URL('chain-app.mjs', import.meta.url));

export const hostOf = (app: string): string => `${app}.${namespace}.svc.cluster.local`;

/**
 * Three services, each calling the next: `front`, then `orders`, then `stock`, the last two in the versions v1 and v2. The
 * calls of `front` go through the testbed's own sidecar, those of each version of `orders` through one of its own.
 */
export class Chain {
  readonly sidecars: { readonly v1: Envoy; readonly v2: Envoy };
  readonly #cluster: ClusterClient;
  #front = '';

  constructor(
    testbed: Testbed,
    private readonly options: ChainOptions,
  ) {
    this.#cluster = testbed.cluster;
    const sidecar = (version: string, turn: number): Envoy =>
      new Envoy(testbed.folder, podSidecarIdentity(`orders-${version}`, turn));
    this.sidecars = { v1: sidecar('v1', 1), v2: sidecar('v2', 2) };
  }

  /** Waits until all of them serve. */
  async open(): Promise<void> {
    const { v1, v2 } = this.sidecars;
    await Promise.all([v1.process.start(), v2.process.start()]);
    const orders = (version: string, { identity }: Envoy): Link => {
      const port = Number(identity.metadata['HTTP_PROXY_PORT']);
      return { app: 'orders', version, calls: { app: 'stock', proxyPort: port } };
    };
    const links: Link[] = [
      { app: 'front', version: 'v1', calls: { app: 'orders', proxyPort } },
      orders('v1', v1),
      orders('v2', v2),
      { app: 'stock', version: 'v1' },
      { app: 'stock', version: 'v2' },
    ];
    const services = ['orders', 'stock'].map((app) => renamed(service(), app));
    await this.#cluster.applyAll([...services, ...links.map((link) => this.#deployment(link))]);
    const [front] = await Promise.all(links.map((link) => this.#ready(link)));
    this.#front = front ?? '';
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.sidecars).map(({ process }) => process.kill()));
  }

  /** Asks `front` as a gateway would, and gives what each service on the way said. */
  async ask(headers: Record<string, string>, path = '/'): Promise<readonly Hop[]> {
    const { status, body } = await http({ host: this.#front, port: 8080, path, headers });
    if (status !== 200) throw new Error(`${status}: ${body}`);
    return JSON.parse(body) as readonly Hop[];
  }

  /** The address of a ready pod of it. */
  async #ready({ app, version }: Link): Promise<string> {
    return eventually(async () => {
      const kind = { apiVersion: 'v1', kind: 'Pod', namespace };
      const pods = await this.#cluster.list<Pod>(kind, `app=${app},version=${version}`);
      const ready = pods.find(({ status }) => status?.containerStatuses?.[0]?.ready);
      if (ready?.status?.podIP === undefined) throw new Error(`${app} ${version} has no ready pod`);
      return ready.status.podIP;
    }, 30_000);
  }

  #deployment({ app, version, calls }: Link): KubernetesObject {
    const object = renamed(deployment({ version, replicas: 1, faultFile: '/none' }), app) as Deployment;
    const container = object.spec.template.spec.containers[0];
    if (container === undefined) throw new Error('a deployment without a container');
    const { tidegate, token, flag } = this.options;
    const env = {
      SERVICE: app,
      TIDEGATE: tidegate,
      TOKEN: token,
      FLAG: flag,
      NODE_OPTIONS: '',
      ...(calls === undefined ? {} : { NEXT: hostOf(calls.app), PROXY_PORT: String(calls.proxyPort) }),
    };
    container.command = [process.execPath, program];
    container.env.push(...Object.entries(env).map(([name, value]) => ({ name, value })));
    return object;
  }
}

interface Pod extends PodObject {
  readonly status?: { readonly podIP?: string; readonly containerStatuses?: { readonly ready: boolean }[] };
}

interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: { command: string[]; readonly env: { name: string; value: string }[] }[];
      };
    };
  };
}

function renamed(object: KubernetesObject, name: string): KubernetesObject {
  return JSON.parse(JSON.stringify(object).replaceAll(serviceName, name)) as KubernetesObject;
}
