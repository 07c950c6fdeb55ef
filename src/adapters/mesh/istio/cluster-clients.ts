import type { CoreV1Api, CustomObjectsApi, DiscoveryV1Api, KubeConfig } from '@kubernetes/client-node';
import { Problem } from '../../../domain/problem.js';

type Library = typeof import('@kubernetes/client-node');
type Request = Parameters<KubeConfig['applySecurityAuthentication']>[0];

/** Longest wait for any answer of the API server, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** The three APIs that the mesh needs, on one pool of connections. */
export interface ClusterClients {
  readonly custom: CustomObjectsApi;
  readonly core: CoreV1Api;
  readonly discovery: DiscoveryV1Api;
  /** Options for a patch of this media type; the library takes every patch for a JSON Patch. */
  contentType(value: string): ReturnType<Library['setHeaderOptions']>;
}

/**
 * What every request gets besides its credentials: a deadline, and the first request's pool of connections, because the
 * library would open a new one for each.
 */
function security(config: KubeConfig) {
  let pool: ReturnType<Request['getDispatcher']>;
  return {
    getName: () => 'kubeconfig',
    applySecurityAuthentication: async (request: Request): Promise<void> => {
      await config.applySecurityAuthentication(request);
      pool ??= request.getDispatcher();
      if (pool !== undefined) request.setDispatcher(pool);
      request.setSignal(AbortSignal.timeout(TIMEOUT_MS));
    },
  };
}

function load(library: Library, kubeconfig: string | undefined): { config: KubeConfig; server: string } {
  const config = new library.KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromCluster();
    else config.loadFromFile(kubeconfig);
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new Error('it names no current cluster');
    return { config, server };
  } catch (cause) {
    const source = kubeconfig ?? 'the service account of this pod';
    const message = `${source} can't be used to reach a cluster: ${(cause as Error).message}`;
    throw new Problem('MESH_UNAVAILABLE', message, { cause });
  }
}

/**
 * Clients for the cluster that a kubeconfig file names, or without one, for the cluster that this process runs in. The
 * library takes 80 MB of memory, so it is loaded here and not before. MESH_UNAVAILABLE where the file can't be used.
 */
export async function clusterClients(kubeconfig: string | undefined): Promise<ClusterClients> {
  const library = await import('@kubernetes/client-node');
  const { config, server } = load(library, kubeconfig);
  const configuration = library.createConfiguration({
    baseServer: new library.ServerConfiguration(server, {}),
    authMethods: { default: security(config) },
  });
  return {
    custom: new library.CustomObjectsApi(configuration),
    core: new library.CoreV1Api(configuration),
    discovery: new library.DiscoveryV1Api(configuration),
    contentType: (value) => library.setHeaderOptions('Content-Type', value),
  };
}
