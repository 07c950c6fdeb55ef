import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A key and a certificate, as files. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority of a test, in a folder of its own. */
export class Authority {
  private constructor(private readonly folder: string) {}

  static async create(): Promise<Authority> {
    const authority = new Authority(await mkdtemp(join(tmpdir(), 'tidegate-ca-')));
    const { key, cert } = authority.#files('ca');
    await run('openssl', [
      'req',
      '-x509',
      ...KEY,
      '-days',
      '2',
      '-subj',
      '/CN=ca',
      '-keyout',
      key,
      '-out',
      cert,
    ]);
    return authority;
  }

  get certFile(): string {
    return this.#files('ca').cert;
  }

  /** Signs a new key for `name`, which may stand for `localhost`. */
  async issue(name: string): Promise<Identity> {
    const { key, cert } = this.#files(name);
    const [request, names] = [`${cert}.csr`, `${cert}.ext`];
    await writeFile(names, 'subjectAltName=DNS:localhost\n');
    await run('openssl', ['req', ...KEY, '-subj', `/CN=${name}`, '-keyout', key, '-out', request]);
    const ca = this.#files('ca');
    const by = ['-CA', ca.cert, '-CAkey', ca.key, '-CAcreateserial', '-days', '2', '-extfile', names];
    await run('openssl', ['x509', '-req', '-in', request, ...by, '-out', cert]);
    return { key, cert };
  }

  read(file: string): Promise<string> {
    return readFile(file, 'utf8');
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  #files(name: string): Identity {
    return { key: join(this.folder, `${name}.key`), cert: join(this.folder, `${name}.pem`) };
  }
}
