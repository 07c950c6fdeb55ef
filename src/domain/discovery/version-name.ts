import { LABEL_FORM, isReservedName } from '../key.js';

const MOST = 40;
const MOST_KEY = 80;

/** The name that a route gives to the version of this label value: `1.4.2` is `1-4-2`. Null where none can be made of it. */
export function versionName(label: string): string | null {
  const name = label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MOST)
    .replaceAll(/^-|-$/g, '');
  return LABEL_FORM.test(name) && !isReservedName(name) ? name : null;
}

/** Key of the rollout that brings a version to a route: the same whoever makes it, so that it is made once. */
export function rolloutKey(route: string, version: string): string {
  return `${route}-${version}`.slice(0, MOST_KEY);
}
