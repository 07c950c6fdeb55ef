import type { RequestMatch, RouteTable, RouteTableEntry } from '../domain/route-table.js';
import type { RouteObservation } from '../domain/route-status.js';

/** Versions that the table sends requests to although none of their endpoints is ready; sorted. */
export function emptyDestinations(table: RouteTable, ready: RouteObservation['ready']): string[] {
  const places = [table.gateway ?? [], table.mesh ?? []];
  const versions = new Set(places.flatMap(reachable).flatMap(versionsOf));
  return [...versions]
    .filter((version) => ready[version] !== 'unknown' && !(Number(ready[version]) > 0))
    .sort();
}

/** Entries up to the first that matches every request; nothing gets past that. */
function reachable(entries: readonly RouteTableEntry[]): readonly RouteTableEntry[] {
  const end = entries.findIndex(({ matches }) => matches.length === 0 || matches.some(matchesAll));
  return end < 0 ? entries : entries.slice(0, end + 1);
}

function matchesAll({ headers, without, claims }: RequestMatch): boolean {
  return headers.length === 0 && without.length === 0 && claims.length === 0;
}

function versionsOf({ destinations }: RouteTableEntry): string[] {
  return destinations.filter(({ weight }) => weight > 0).map(({ version }) => version);
}
