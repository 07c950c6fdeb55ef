import type { RouteObservation } from '../domain/route-status.js';
import { withEntries } from '../domain/route-table.js';
import type { Destination, RouteTable, RouteTableEntry } from '../domain/route-table.js';
import type { UnchangedEntries } from '../ports/mesh.js';
import { emptyDestinations } from './empty-destinations.js';

/**
 * What becomes of requests to a version that was in use and has lost its last ready endpoint: `control` sends them to the
 * version that the route returns to until an endpoint is back, `keep` lets them fail.
 */
export type WhenEmpty = 'control' | 'keep';

/** Names the policy among the providers. */
export const WHEN_EMPTY = 'tidegate:when-empty';

/** What is known of a route besides its table. */
export interface Standing {
  readonly ready: RouteObservation['ready'];
  readonly unchanged: UnchangedEntries;
  /** Versions whose requests go to `home` already. */
  readonly spared: readonly string[];
  /** The version that the route returns to: `closed`, else `default`. */
  readonly home: string;
  readonly policy: WhenEmpty;
}

export interface WithoutEmpty {
  readonly table: RouteTable;
  /** Versions in use whose requests `table` sends to `home`, since none of their endpoints is ready; sorted. */
  readonly spared: readonly string[];
  /** Versions without ready endpoints that are not in use yet: while there are any, `table` waits; sorted. */
  readonly held: readonly string[];
}

const NOTHING_STANDS: UnchangedEntries = { gateway: 0, mesh: 0 };

/**
 * The table with nothing for versions in use that are empty, and the very table where none is. With `home` empty, too, there is no better place for their
 * requests: then, and with `keep`, the table stays as it is.
 */
export function withoutEmpty(wanted: RouteTable, standing: Standing): WithoutEmpty {
  const table = withoutEmptyMirrors(wanted, standing.ready);
  const { ready, unchanged, spared: before, home, policy } = standing;
  const newlyNamed = emptyDestinations(table, ready, unchanged);
  const all = emptyDestinations(table, ready, NOTHING_STANDS);
  if (policy === 'keep' || all.includes(home) || !isReady(ready[home]))
    return { table, spared: [], held: newlyNamed };
  const held = newlyNamed.filter((version) => !before.includes(version));
  const spared = all.filter((version) => !held.includes(version));
  return { table: spare(table, spared, home), spared, held };
}

/** Nobody waits for a copy's answer, so a mirror of a version without endpoints is left out until there are some. */
function withoutEmptyMirrors(table: RouteTable, ready: Standing['ready']): RouteTable {
  const isEmpty = ({ mirror }: RouteTableEntry): boolean =>
    mirror !== undefined && !isReady(ready[mirror.version]);
  if (!allEntries(table).some(isEmpty)) return table;
  return withEntries(table, (entries) =>
    entries.map((entry) => (isEmpty(entry) ? unmirrored(entry) : entry)),
  );
}

function allEntries({ gateway, mesh, audiences = [] }: RouteTable): readonly RouteTableEntry[] {
  return [...(gateway ?? []), ...(mesh ?? []), ...audiences.flatMap(({ entries }) => entries)];
}

function unmirrored(entry: RouteTableEntry): RouteTableEntry {
  const { mirror: _, ...rest } = entry;
  return rest;
}

function isReady(count: number | 'unknown' | undefined): boolean {
  return count === 'unknown' || Number(count) > 0;
}

/** The table with what goes to `versions` sent to `home`; the very table where there are none. */
export function spare(table: RouteTable, versions: readonly string[], home: string): RouteTable {
  if (versions.length === 0) return table;
  return withEntries(table, (entries) =>
    entries.map((entry) => {
      const destinations = moved(entry, versions, home);
      // Who gets the requests themselves needs no copies of them.
      const isCopied = destinations.some(({ version }) => version !== entry.mirror?.version);
      return { ...(isCopied ? entry : unmirrored(entry)), destinations };
    }),
  );
}

/** Each version once, in the order in which they stand, with the sum of its weights. */
function moved(
  { destinations }: RouteTableEntry,
  versions: readonly string[],
  home: string,
): readonly Destination[] {
  const weights = new Map<string, number>();
  for (const { version, weight } of destinations) {
    const to = versions.includes(version) ? home : version;
    weights.set(to, (weights.get(to) ?? 0) + weight);
  }
  return [...weights].map(([version, weight]) => ({ version, weight }));
}
