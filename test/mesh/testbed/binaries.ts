import { homedir } from 'node:os';
import { join } from 'node:path';

// Versions appear here and in build.sh; a mismatch shows at once as a missing file.
const cache = process.env['TIDEGATE_CACHE'] ?? join(homedir(), '.cache', 'tidegate');
const kubernetes = join(cache, 'kubernetes-1.36.4');
const istio = join(cache, 'istio-1.31.0');

/** Where build.sh has put each program; Debian's stand on PATH. */
export const binaries = {
  apiServer: join(kubernetes, 'kube-apiserver'),
  controllerManager: join(kubernetes, 'kube-controller-manager'),
  kubectl: join(kubernetes, 'kubectl'),
  istiod: join(istio, 'pilot-discovery'),
  envoy: join(cache, 'envoy-1.40.0', 'envoy', '_bin', 'envoy'),
  etcd: 'etcd',
  prometheus: 'prometheus',
};

/** Folder with the custom resource definitions of Istio and the Gateway API. */
export const crdFolder = join(istio, 'crds');
