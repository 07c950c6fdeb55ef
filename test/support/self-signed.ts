import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** A new key and a certificate for `localhost` that nobody has signed but itself. */
export async function selfSigned(): Promise<{ readonly key: string; readonly cert: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidegate-tls-'));
  const files = { key: path.join(folder, 'key.pem'), cert: path.join(folder, 'cert.pem') };
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const form = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const out = ['-keyout', files.key, '-out', files.cert];
  await promisify(execFile)('openssl', ['req', ...form, ...subject, ...out]);
  const pair = { key: await readFile(files.key, 'utf8'), cert: await readFile(files.cert, 'utf8') };
  await rm(folder, { recursive: true });
  return pair;
}
