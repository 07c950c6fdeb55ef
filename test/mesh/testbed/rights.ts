import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from './kubernetes-object.js';
import { namespaceObject } from './shop-objects.js';
import type { User } from './user.js';

const folder = 'deploy';

/** The service as the API server knows it: a service account with the rights that are shipped, and no others. */
export const serviceUser: User = {
  name: 'system:serviceaccount:tidegate:tidegate',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:tidegate'],
};

export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/** The objects of one file of `deploy/`. */
export function shippedIn(file: string): KubernetesObject[] {
  const text = readFileSync(join(folder, file), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
}

/** The service's namespace, account and rights, those of every optional part included. */
export function shippedRights(): KubernetesObject[] {
  const files = readdirSync(folder).filter((name) => /^rbac.*\.yaml$/.test(name));
  return [namespaceObject('tidegate'), ...files.flatMap(shippedIn)];
}

/** Each single right that a file of `deploy/` gives: `patch networking.istio.io/virtualservices`. */
export function rightsIn(file: string): string[] {
  const roles = shippedIn(file).filter(({ kind }) => kind === 'ClusterRole') as (KubernetesObject & {
    rules: Rule[];
  })[];
  return roles.flatMap(({ rules }) => rules.flatMap(rightsOf));
}

function rightsOf({ apiGroups, resources, verbs }: Rule): string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
  );
}
