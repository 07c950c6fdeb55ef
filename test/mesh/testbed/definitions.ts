import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ApiServer } from './api-server.js';
import { binaries, crdFolder } from './binaries.js';

/** Makes the API server know the objects of Istio and the Gateway API; resolves once it serves them. */
export async function installDefinitions(apiServer: ApiServer): Promise<void> {
  const run = promisify(execFile);
  const kubectl = ['--kubeconfig', apiServer.kubeconfig()];
  await run(binaries.kubectl, [...kubectl, 'apply', '--server-side', '-f', crdFolder]);
  await run(binaries.kubectl, [...kubectl, 'wait', '--for=condition=Established', '--all', 'crd']);
}
