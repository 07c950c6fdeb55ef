import type { Testbed } from '../mesh/testbed/testbed.js';
import { ServiceProcess, type Settings } from './service-process.js';

/** Starts the service on the cluster of a testbed, with these settings beside. */
export function startOnMesh({ apiServer }: Testbed, settings: Settings = {}): Promise<ServiceProcess> {
  return ServiceProcess.start({
    settings: { TIDEGATE_MESH: 'istio', TIDEGATE_KUBECONFIG: apiServer.serviceKubeconfig(), ...settings },
  });
}
