import { setTimeout as sleep } from 'node:timers/promises';
import type { RouteConfirmation } from '../../../../domain/route-status.js';
import { confirmedProxies, type Baseline, type ConfirmedProxies } from './confirmed-proxies.js';
import type { ProxySync, SyncedKind } from './proxy-sync.js';

/** Asks every istiod for its proxies. */
export type ProxiesNow = () => Promise<readonly ProxySync[]>;

/** What changes with a write: subsets first, then the routes to them. */
export type Written = 'subsets' | 'routes';

interface Kept {
  readonly baseline: Omit<Baseline, 'awaitsAbsent'>;
  /** When it was written, or first seen, ms of the process's own clock. */
  readonly since: number;
  /** The versions of the objects that it is about; null until they were seen. */
  versions: string | null;
  /** The last answer, once it needs no other. */
  done: RouteConfirmation | null;
  at: number | null;
}

const KINDS: { readonly [written in Written]: readonly SyncedKind[] } = {
  subsets: ['cluster'],
  routes: ['route'],
};
/** Until it has the endpoints of a new cluster, a proxy doesn't use it; of one that goes, none are sent. */
const NEW_SUBSETS: readonly SyncedKind[] = ['cluster', 'endpoint'];
/** A gateway that was there at the write and is gone may be connecting anew for so long, ms. */
const ABSENT = 60_000;
/** With nothing on its way for this long after a write that was not seen, it has arrived: istiod waits 10 s at most, ms. */
const QUIET = 11_000;
/** Sidecars are followed for so long after the gateways have confirmed, ms. */
const FOLLOW = 5_000;
/** istiod pushes no change sooner after it than this, whatever else it pushes, ms. */
const DEBOUNCE = 80;
/** Longest wait for an answer of istiod while something is to be written, ms: a kill waits for nobody who hangs. */
const PROMPT = 250;
/** Longest wait between writes, ms. */
const PATIENCE = 5_000;
const POLL = 15;

const NOBODY: RouteConfirmation = {
  by: 'none',
  gateways: { confirmed: 0, of: 0 },
  sidecars: { confirmed: 0, of: 0 },
  at: null,
};

/** Which routes' writes have arrived at the proxies; in memory, one entry a route. */
export class RouteConfirmations {
  readonly #kept = new Map<string, Kept>();
  /** Whether an answer is overdue: until it is there, nobody waits for one. */
  #overdue = false;

  /** Without `proxies` nobody can be asked. */
  constructor(private readonly proxies: ProxiesNow | undefined) {}

  /** Does a write of the route's subsets or routes, and notes how the proxies stood before it. */
  async around<T>(route: string, written: Written, write: () => Promise<T>): Promise<T> {
    this.#kept.delete(route);
    const before = await this.#look();
    const begun = performance.now();
    const answer = await write();
    if (before === null) return answer;
    const after = await this.#look();
    const isSoon = performance.now() - begun < DEBOUNCE;
    this.#keep(route, baselineOf(KINDS[written], { before, after, isSoon }));
    return answer;
  }

  /**
   * Waits until every gateway has what was last written of the route, and every sidecar too or for as long as `settle`
   * at most; `settle` is how long to wait where nobody can be asked, or nobody's answer tells, in milliseconds. After
   * 5 s it goes on: a gateway that hears nothing hears of subsets and routes in the right order once it does. False
   * where it was `overtaken` before.
   */
  async settled(route: string, settle: number, overtaken?: AbortSignal): Promise<boolean> {
    const kept = this.#kept.get(route);
    const isOvertaken = (): boolean => overtaken?.aborted === true;
    while (!isOvertaken()) {
      const now = kept && (await this.#look());
      if (!kept || !now) return pause(settle, overtaken);
      if (this.#hasSettled(kept, now, settle)) return true;
      await pause(POLL, overtaken);
    }
    return false;
  }

  /**
   * How far the proxies have what stands of a route, in these `versions` of its objects; `atGateways` says whether it
   * has any gateways.
   */
  async of(route: string, versions: string, atGateways: boolean): Promise<RouteConfirmation> {
    if (this.proxies === undefined) return NOBODY;
    const known = this.#about(route, versions);
    if (known?.done) return known.done;
    const now = await this.#look();
    if (now === null) return { ...NOBODY, by: 'istiod' };
    const kept = known ?? this.#keep(route, { proxies: now, kinds: KINDS.routes, mustChange: false });
    kept.versions = versions;
    const counts = this.#count(kept, now);
    if (this.#isComplete(kept, counts, atGateways)) kept.at ??= Date.now();
    const told: RouteConfirmation = { by: 'istiod', ...counts, at: kept.at };
    const isFollowed = performance.now() - kept.since < FOLLOW;
    if (kept.at !== null && !isFollowed) kept.done = told;
    return told;
  }

  forget(route: string): void {
    this.#kept.delete(route);
  }

  /** What is kept of the objects as they stand: not where somebody else has written them since. */
  #about(route: string, versions: string): Kept | undefined {
    const kept = this.#kept.get(route);
    return kept === undefined || (kept.versions ?? versions) === versions ? kept : undefined;
  }

  #keep(route: string, baseline: Kept['baseline']): Kept {
    const kept: Kept = { baseline, since: performance.now(), versions: null, done: null, at: null };
    this.#kept.set(route, kept);
    return kept;
  }

  #hasSettled(kept: Kept, now: readonly ProxySync[], settle: number): boolean {
    const age = performance.now() - kept.since;
    if (age > PATIENCE) return true;
    const { kinds: changed, mustChange } = kept.baseline;
    const kinds = changed === KINDS.subsets ? NEW_SUBSETS : changed;
    const { gateways, sidecars } = this.#count({ ...kept, baseline: { ...kept.baseline, kinds } }, now);
    if (gateways.confirmed < gateways.of) return false;
    return age >= settle || (mustChange && gateways.of > 0 && sidecars.confirmed === sidecars.of);
  }

  #count({ baseline, since }: Kept, now: readonly ProxySync[]): ConfirmedProxies {
    return confirmedProxies({ ...baseline, awaitsAbsent: performance.now() - since < ABSENT }, now);
  }

  #isComplete({ baseline, since }: Kept, { gateways }: ConfirmedProxies, atGateways: boolean): boolean {
    const age = performance.now() - since;
    if (!baseline.mustChange && age < QUIET) return false;
    if (gateways.of === 0) return !atGateways || age > ABSENT;
    return gateways.confirmed === gateways.of;
  }

  /** Null where not every istiod can be asked, or one of them hangs. */
  async #look(): Promise<readonly ProxySync[] | null> {
    if (this.proxies === undefined || this.#overdue) return null;
    const asked = this.proxies().catch(() => null);
    const isLate = Symbol('late');
    const timer = new AbortController();
    const late = sleep(PROMPT, isLate, { signal: timer.signal }).catch(() => isLate);
    const first = await Promise.race([asked, late]);
    timer.abort();
    if (first !== isLate) return first as readonly ProxySync[] | null;
    this.#overdue = true;
    void asked.then(() => (this.#overdue = false));
    return null;
  }
}

interface Looks {
  readonly before: readonly ProxySync[];
  /** Right after the write; null where nobody answered. */
  readonly after: readonly ProxySync[] | null;
  /** Whether istiod can't have sent it by then. */
  readonly isSoon: boolean;
}

/**
 * What istiod sends before it can know of a write is no sign of it. Where it may know, what it has sent meanwhile may be
 * the write or somebody else's: then only quiet tells.
 */
function baselineOf(kinds: readonly SyncedKind[], { before, after, isSoon }: Looks): Kept['baseline'] {
  const proxies = after ?? before;
  const sentBefore = new Map(before.map(({ proxy, sent }) => [proxy, sent]));
  const isSame = proxies.every(({ proxy, sent }) =>
    kinds.every((kind) => sent[kind] === sentBefore.get(proxy)?.[kind]),
  );
  return { proxies, kinds, mustChange: after !== null && (isSame || isSoon) };
}

/** False where it was cut short. */
async function pause(ms: number, cut?: AbortSignal): Promise<boolean> {
  return sleep(ms, true, cut && { signal: cut }).catch(() => false);
}
