import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One answer of the API server to somebody. */
export interface Request {
  verb: string;
  group: string;
  resource: string;
  code: number;
}

interface Event {
  user: { username: string };
  verb: string;
  objectRef?: { resource: string; subresource?: string; apiGroup?: string };
  responseStatus?: { code: number };
}

/** What the API server is asked by one user, from its own audit log. */
export class Audit {
  readonly #log: string;

  constructor(
    private readonly folder: string,
    private readonly user: string,
  ) {
    this.#log = join(folder, 'audit.log');
  }

  /** Arguments that make the API server write the log, of this user alone. */
  args(): string[] {
    const file = join(this.folder, 'audit-policy.json');
    const policy = {
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata', users: [this.user] }, { level: 'None' }],
    };
    writeFileSync(file, JSON.stringify(policy));
    return [`--audit-policy-file=${file}`, `--audit-log-path=${this.#log}`];
  }

  /** Everything asked so far; a watch counts from its start. */
  requests(): Request[] {
    const lines = readFileSync(this.#log, 'utf8').trim().split('\n');
    return lines.map((line) => {
      const { verb, objectRef, responseStatus } = JSON.parse(line) as Event;
      const { resource = '', subresource, apiGroup = '' } = objectRef ?? {};
      const name = subresource === undefined ? resource : `${resource}/${subresource}`;
      return { verb, group: apiGroup, resource: name, code: responseStatus?.code ?? 0 };
    });
  }
}
