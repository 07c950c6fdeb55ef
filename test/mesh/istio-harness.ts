import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import type { MeshHarness } from '../contract/mesh-harness.js';
import type { KubernetesObject } from './testbed/kubernetes-object.js';
import { namespace } from './testbed/shop-objects.js';
import type { Testbed } from './testbed/testbed.js';

const apiVersion = 'networking.istio.io/v1';
const kinds = ['DestinationRule', 'VirtualService'];

interface RoutingObject extends KubernetesObject {
  metadata: KubernetesObject['metadata'] & {
    resourceVersion: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
  spec: Record<string, unknown>;
}

/** All routing objects of the shop, in the order of their kinds and names. */
export async function routingObjects({ cluster }: Testbed): Promise<RoutingObject[]> {
  const lists = await Promise.all(
    kinds.map((kind) => cluster.list<RoutingObject>({ apiVersion, kind, namespace })),
  );
  return lists.flat();
}

/** An Istio mesh over the testbed, emptied of routing objects. */
export async function istioHarness(testbed: Testbed): Promise<MeshHarness> {
  const { cluster } = testbed;
  const clear = async () => {
    for (const object of await routingObjects(testbed)) await cluster.delete(object);
  };
  await clear();
  const at = (kind: string, name: string): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
  });
  return {
    mesh: new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs: 50 }),
    seesRoots: true,
    objects: async () =>
      (await routingObjects(testbed)).map(({ kind, metadata, spec }) => ({
        kind,
        name: metadata.name,
        annotations: metadata.annotations ?? {},
        labels: metadata.labels ?? {},
        spec,
        version: metadata.resourceVersion,
      })),
    edit: (kind, name, spec) => cluster.patch(at(kind, name), { spec }),
    put: async ({ kind, name, annotations, spec }) => {
      const object: RoutingObject | KubernetesObject = {
        ...at(kind, name),
        metadata: { name, namespace, annotations } as KubernetesObject['metadata'],
        spec,
      };
      await cluster.apply(object);
    },
    remove: (kind, name) => cluster.delete(at(kind, name)),
    stop: clear,
  };
}
