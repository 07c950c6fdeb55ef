import type { Route } from '@tidegate/sdk/engine';
import type { EdgeView } from './edge-environment.js';
import { hostName } from './host-name.js';

/** What is decided for requests of one host. */
export interface HostPlan {
  readonly view: EdgeView;
  /** Routes with this host at some gateway, and those behind it in the mesh that split now; in code-unit order. */
  readonly routes: readonly Route[];
  /** Those among them by which an anonymous browser has a bucket by its id. */
  readonly sticky: readonly Route[];
}

/** Routes without this host whose buckets go along: a header has no room for all of a large mesh. */
const MOST_BEHIND = 100;

/** Spellings of hosts that are remembered: clients send what they like. */
const MOST_SPELLINGS = 1_000;

/** Characters of the longest host that DNS has, with the dot of the root and a port. */
const LONGEST_SPELLING = 260;

/**
 * Which routes each host has. A host belongs to the environment that lists it, or else to the one with the longest wildcard
 * above it; where two environments list the same one at different gateways, no one can tell whose a request is, and it has
 * no plan.
 */
export class HostTable {
  /** Hosts, and wildcards as `*.…`, that more than one environment lists. */
  readonly disputed: readonly string[];
  readonly #plans = new Map<string, HostPlan | null>();
  readonly #spellings = new Map<string, HostPlan | null>();

  constructor(views: Iterable<EdgeView>) {
    const all = [...views];
    const owners = new Map<string, Set<EdgeView>>();
    for (const view of all) {
      for (const host of view.routes.flatMap(hostsOf))
        owners.set(host, (owners.get(host) ?? new Set()).add(view));
    }
    for (const [host, [view, ...others]] of owners) {
      const plan = view === undefined || others.length > 0 ? null : planOf(view, host);
      this.#plans.set(host, plan);
    }
    this.disputed = [...this.#plans].filter(([, plan]) => plan === null).map(([host]) => host);
  }

  /** The plan for a host as a client names it. */
  find(spelling: string): HostPlan | null {
    // A header of 60 KiB has room for a host of 30,000 labels, which a wildcard at the gateway lets through.
    if (spelling.length > LONGEST_SPELLING) return null;
    const known = this.#spellings.get(spelling);
    if (known !== undefined) return known;
    const plan = this.#search(hostName(spelling));
    if (this.#spellings.size >= MOST_SPELLINGS) this.#spellings.clear();
    this.#spellings.set(spelling, plan);
    return plan;
  }

  #search(name: string): HostPlan | null {
    for (const pattern of patternsOf(name)) {
      const plan = this.#plans.get(pattern);
      if (plan !== undefined) return plan;
    }
    return null;
  }
}

function hostsOf({ gateways }: Route): readonly string[] {
  return gateways.flatMap(({ hosts }) => hosts);
}

function planOf(view: EdgeView, host: string): HostPlan {
  const patterns = new Set(patternsOf(host));
  const isAt = (route: Route): boolean => hostsOf(route).some((one) => patterns.has(one));
  const behind = view.routes.filter((route) => !isAt(route) && splitsInMesh(route)).slice(0, MOST_BEHIND);
  const routes = view.routes.filter((route) => isAt(route) || behind.includes(route));
  return { view, routes, sticky: routes.filter(({ affinity }) => affinity === 'cookie') };
}

/** Whether calls between services go by the bucket now. */
function splitsInMesh({ mesh, closed, rules }: Route): boolean {
  return mesh && closed === null && rules.some(({ serve }) => 'split' in serve);
}

/** A host itself, then the wildcards that it falls under, the longest first. A wildcard falls under shorter ones. */
function patternsOf(host: string): string[] {
  const labels = host.split('.');
  return [host, ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`)];
}
