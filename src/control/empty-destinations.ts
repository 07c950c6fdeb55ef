import { isEveryRequest } from '../domain/render/request-match.js';
import type { RouteTable, RouteTableEntry } from '../domain/route-table.js';
import type { RouteObservation } from '../domain/route-status.js';
import type { UnchangedEntries } from '../ports/mesh.js';

/**
 * Versions that the table would newly send requests to although none of their endpoints is ready; sorted. What the mesh
 * sends to such a version already stays as it is: holding the table back wouldn't help those requests, and would hold
 * back a way out for others.
 */
export function emptyDestinations(
  table: RouteTable,
  ready: RouteObservation['ready'],
  unchanged: UnchangedEntries,
): string[] {
  const newEntries = [
    ...reachable(table.gateway ?? []).slice(unchanged.gateway),
    ...reachable(table.mesh ?? []).slice(unchanged.mesh),
    ...(table.audiences ?? []).flatMap(({ segment, entries }) =>
      reachable(entries).slice(unchanged.audiences?.[segment] ?? 0),
    ),
  ];
  const versions = new Set(newEntries.flatMap(versionsOf));
  return [...versions]
    .filter((version) => ready[version] !== 'unknown' && !(Number(ready[version]) > 0))
    .sort();
}

/** Entries up to the first that matches every request; nothing gets past that. */
function reachable(entries: readonly RouteTableEntry[]): readonly RouteTableEntry[] {
  const end = entries.findIndex(({ matches }) => matches.length === 0 || matches.some(isEveryRequest));
  return end < 0 ? entries : entries.slice(0, end + 1);
}

function versionsOf({ destinations }: RouteTableEntry): string[] {
  return destinations.filter(({ weight }) => weight > 0).map(({ version }) => version);
}
