import { join } from 'node:path';
import { binaries } from './binaries.js';
import { httpProbe } from './http.js';
import { Process } from './process.js';

export const etcdUrl = 'http://127.0.0.1:23790';

/** The API server's store. */
export function etcd(folder: string): Process {
  const peerUrl = 'http://127.0.0.1:23800';
  return new Process({
    name: 'etcd',
    command: binaries.etcd,
    args: [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      // The data never outlives the run, so syncing each write only costs time.
      '--unsafe-no-fsync',
    ],
    folder,
    ready: httpProbe(`${etcdUrl}/health`),
  });
}
