// Fails when package-lock.json misses an optional dependency of some platform: `npm ci` refuses such a lock there.
import { readFileSync } from 'node:fs';

const packages = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
const known = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !known.has(name))
    .map((name) => `${path || 'the root'} -> ${name}`),
);
if (missing.length > 0) {
  console.error(`package-lock.json misses:\n  ${missing.join('\n  ')}`);
  process.exit(1);
}
const resolved = Object.entries(packages).filter(
  ([, entry]) => typeof entry.resolved === 'string' && /^https?:/.test(entry.resolved),
);
if (resolved.length > 0) {
  console.error(
    `package-lock.json names a registry host, first for ${resolved[0][0]}; run npm install with the project's .npmrc`,
  );
  process.exit(1);
}
