import { mkdtempSync, rmSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { routeObjects } from '../../dist/src/adapters/mesh/istio-objects/route-objects.js';
import { inParallel } from './in-parallel.mjs';
import { NAMESPACES, podsOf, serviceOf, sliceOf } from './sample-routes.mjs';

register('./typescript.mjs', import.meta.url);
const testbed = (file) => import(`../../test/mesh/testbed/${file}.ts`);

const READS = ['get', 'list', 'watch'];

/** A real etcd and a real API server with the definitions of Istio; the service has the rights that are shipped. */
export class RealCluster {
  #folder;
  #etcd;
  #apiServer;
  #told = 0;

  static async start() {
    const [{ etcd }, { ApiServer }, { installDefinitions }, { shippedRights }] = await Promise.all(
      ['etcd', 'api-server', 'definitions', 'rights'].map(testbed),
    );
    const cluster = new RealCluster();
    cluster.#folder = mkdtempSync(join(process.env.TIDEGATE_TESTBED_DATA, 'bench-'));
    cluster.#etcd = etcd(cluster.#folder);
    cluster.#apiServer = new ApiServer(cluster.#folder, []);
    try {
      await cluster.#etcd.start();
      await cluster.#apiServer.process.start();
      await installDefinitions(cluster.#apiServer);
      await cluster.#admin.applyAll(shippedRights());
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** What a pod of the service finds in its folder of credentials. */
  async account() {
    const { serviceUser } = await testbed('rights');
    return { 'ca.crt': this.#apiServer.authority, token: `token-of-${serviceUser.name}` };
  }

  /** Where an administrator reads how to come in. */
  get kubeconfig() {
    return this.#apiServer.kubeconfig();
  }

  /** Fills it with `slices` EndpointSlices, ten pods behind each; behind the first `routes`, two that can be read. */
  async populate({ routes, slices }) {
    for (const name of NAMESPACES)
      await this.#create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const numbers = Array.from({ length: slices }, (_, index) => index);
    await inParallel(numbers, 16, async (index) => {
      const pods = index < routes ? podsOf(index) : [];
      for (const pod of pods) await this.#create(pod);
      const { name } = serviceOf(index);
      const others = Array.from({ length: 10 }, (_, at) => `${name}-6d5f8c7b9-x${at}`);
      await this.#create(
        sliceOf(index, pods.length > 0 ? pods.map(({ metadata }) => metadata.name) : others),
      );
    });
  }

  /** Lets the objects of these tables stand, as the service would have written them. */
  async stand(tables) {
    const { serviceUser } = await testbed('rights');
    const service = this.#apiServer.client(serviceUser.name);
    await inParallel(tables.flatMap(routeObjects), 16, async (object) => {
      const path = `${collectionOf(object)}/${object.metadata.name}?fieldManager=tidegate`;
      await service.request('PATCH', path, object, 'application/apply-patch+yaml');
    });
  }

  /** What the service has asked since it was last asked for: reads, and writes, rehearsals among them. */
  asked() {
    const all = this.#apiServer.audit.requests();
    const fresh = all.slice(this.#told);
    this.#told = all.length;
    const writes = fresh.filter(({ verb }) => !READS.includes(verb)).length;
    return { reads: fresh.length - writes, writes };
  }

  async stop() {
    await Promise.all([this.#apiServer.process.kill(), this.#etcd.kill()]);
    this.#apiServer.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #admin() {
    return this.#apiServer.client();
  }

  #create(object) {
    return this.#admin.request('POST', collectionOf(object), object);
  }
}

function collectionOf({ kind, apiVersion, metadata }) {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${kind.toLowerCase()}s`;
}
