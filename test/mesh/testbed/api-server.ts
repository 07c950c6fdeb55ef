import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeAddress } from './addresses.js';
import { Audit } from './audit.js';
import { binaries } from './binaries.js';
import { ClusterClient } from './cluster-client.js';
import { etcdUrl } from './etcd.js';
import { Process } from './process.js';
import { serviceUser } from './rights.js';
import type { User } from './user.js';

export const apiServerUrl = 'https://127.0.0.1:26443';
const server = apiServerUrl;
const admin: User = { name: 'admin', groups: ['system:masters'] };

/** The real kube-apiserver. */
export class ApiServer {
  readonly process: Process;
  /** What the service asks it. */
  readonly audit: Audit;
  readonly #certificates: string;
  readonly #clients = new Map<string, ClusterClient>();

  constructor(
    private readonly folder: string,
    users: User[],
  ) {
    this.#certificates = join(folder, 'certificates');
    mkdirSync(this.#certificates, { recursive: true });
    writeFileSync(
      join(folder, 'tokens.csv'),
      [admin, serviceUser, ...users].map(tokenLine).join('\n') + '\n',
    );
    writeFileSync(this.serviceAccountKey, serviceAccountKey());
    this.audit = new Audit(folder, serviceUser.name);
    this.process = new Process({
      name: 'kube-apiserver',
      command: binaries.apiServer,
      args: this.#args(),
      folder,
      ready: async () => (await this.client().request('GET', '/readyz')) === 'ok',
      readyWithinMs: 60_000,
    });
  }

  get serviceAccountKey(): string {
    return join(this.folder, 'service-account.key');
  }

  /** A client acting as one of the users; without a name, as the administrator. */
  client(user = admin.name): ClusterClient {
    let client = this.#clients.get(user);
    if (!client) {
      client = new ClusterClient({ server, ca: this.#ca(), token: tokenOf(user) });
      this.#clients.set(user, client);
    }
    return client;
  }

  /** Writes a kubeconfig for one of the users and returns its path. */
  kubeconfig(user = admin.name): string {
    const path = join(this.folder, `${user.replaceAll(':', '-')}.kubeconfig`);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'testbed', cluster: { server, 'certificate-authority-data': base64(this.#ca()) } }],
      users: [{ name: user, user: { token: tokenOf(user) } }],
      contexts: [{ name: 'testbed', context: { cluster: 'testbed', user } }],
      'current-context': 'testbed',
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  /** The kubeconfig of the service, which has the rights that `deploy/` gives it. */
  serviceKubeconfig(): string {
    return this.kubeconfig(serviceUser.name);
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  /** Its certificate, which is its own authority. */
  get authority(): string {
    return this.#ca();
  }

  // The server makes its own certificate on its first start.
  #ca(): string {
    return readFileSync(join(this.#certificates, 'apiserver.crt'), 'utf8');
  }

  #args(): string[] {
    return [
      `--etcd-servers=${etcdUrl}`,
      '--secure-port=26443',
      '--bind-address=127.0.0.1',
      `--advertise-address=${nodeAddress}`,
      `--cert-dir=${this.#certificates}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${this.serviceAccountKey}`,
      `--service-account-signing-key-file=${this.serviceAccountKey}`,
      `--token-auth-file=${join(this.folder, 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount',
      ...this.audit.args(),
    ];
  }
}

function tokenOf(user: string): string {
  return `token-of-${user}`;
}

function tokenLine({ name, groups = [] }: User): string {
  return `${tokenOf(name)},${name},${name},"${groups.join(',')}"`;
}

function serviceAccountKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}
