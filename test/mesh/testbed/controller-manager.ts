import { join } from 'node:path';
import type { ApiServer } from './api-server.js';
import { binaries } from './binaries.js';
import { Process } from './process.js';

const controllers = [
  'deployment-controller',
  'replicaset-controller',
  'endpointslice-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'horizontal-pod-autoscaler-controller',
];

/** The real kube-controller-manager, with the controllers a mesh depends on. */
export function controllerManager(folder: string, apiServer: ApiServer): Process {
  return new Process({
    name: 'kube-controller-manager',
    command: binaries.controllerManager,
    args: [
      `--kubeconfig=${apiServer.kubeconfig()}`,
      '--leader-elect=false',
      '--use-service-account-credentials=false',
      `--service-account-private-key-file=${apiServer.serviceAccountKey}`,
      '--bind-address=127.0.0.1',
      `--cert-dir=${join(folder, 'controller-manager')}`,
      `--controllers=${controllers.join(',')}`,
    ],
    folder,
  });
}
