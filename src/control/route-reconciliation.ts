import { Logger } from '@nestjs/common';
import type { Route } from '@tidegate/sdk/engine';
import type { StoredState } from '../domain/change.js';
import type { Stored } from '../domain/documents.js';
import { type Image, stateKey } from '../domain/image.js';
import { Problem } from '../domain/problem.js';
import { namespaceOf, renderRouteTable } from '../domain/render/render-route-table.js';
import type { RouteTable } from '../domain/route-table.js';
import type { RouteObservation, RouteStatus } from '../domain/route-status.js';
import { isSameJson } from '../domain/same-json.js';
import type { Mesh, MeshDrift, MeshView } from '../ports/mesh.js';
import type { Store } from '../ports/store.js';
import { Contests } from './contests.js';
import { rootError } from './root-error.js';
import { type Applied, StandingTables } from './standing-tables.js';
import type { Term } from './term.js';
import { spare, withoutEmpty, type WhenEmpty } from './without-empty.js';
import { withoutRollout } from './without-rollout.js';

/** How soon a route that waits for endpoints is looked at again, ms. */
const LOOK_AGAIN = 1_000;
/** And one whose table the proxies have not confirmed yet, ms. */
const LOOK_SOON = 25;
/** A status in which nothing changed is written again after this, so that it can be seen to be fresh, ms. */
const REFRESH = 4_000;

type KeptStatus = StoredState<RouteStatus> | undefined;
/** What came of bringing one route into the mesh. */
type Outcome = Pick<RouteStatus, 'phase' | 'desired' | 'error'> &
  Partial<RouteObservation & Pick<RouteStatus, 'namespace' | 'spared' | 'confirmed'>>;

/** A table that waits for endpoints, and the one that stands meanwhile. */
interface Waiting {
  readonly wanted: Applied;
  readonly standing: Applied;
  readonly kept: KeptStatus;
}

/** A table that is to be written. */
interface Due {
  readonly wanted: Applied;
  /** It, without what is empty. */
  readonly fit: RouteTable;
  readonly kept: KeptStatus;
  /** The token of what stands. */
  readonly applied: string | null;
}

/** Brings single routes from store to mesh, for one term. */
export class RouteReconciliation {
  readonly #log = new Logger(RouteReconciliation.name);
  readonly #contests = new Contests();
  readonly #standing: StandingTables;
  /** Since when proxies are asked for a route's last table. */
  readonly #askedSince = new Map<string, number>();
  /** Of the routes that are being written. */
  readonly #writing = new Map<string, AbortController>();

  constructor(
    private readonly store: Store,
    private readonly mesh: Mesh,
    private readonly term: Term,
    private readonly whenEmpty: WhenEmpty = 'control',
    /** In ms, of any origin. */
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#standing = new StandingTables(store, term);
    const stop = () => this.#writing.forEach((writing) => writing.abort());
    term.signal.addEventListener('abort', stop, { once: true });
  }

  /**
   * Makes the mesh obey the route as it stands, and writes its status; releases what a deleted route has left. Rejects
   * with what the mesh or the store said. Answers after how many ms it wants to look again, if soon.
   */
  async reconcile(key: string): Promise<number | void> {
    if (this.term.signal.aborted || !this.store.available(this.term.environment)) return;
    const image = await this.store.image(this.term.environment);
    const route = image.documents.get('route', key);
    const kept = image.states.get(stateKey.route(key)) as KeptStatus;
    if (route === undefined) return this.#release(image, key, kept);
    const outcome = await this.#bring(image, route, kept).catch(async (error: unknown) => {
      await this.#report(route, kept, failure(error, kept));
      throw error;
    });
    await this.#report(route, kept, outcome);
    return this.#lookAgain(key, outcome);
  }

  /** The route has changed: a write of it under way waits for no proxy any more, so that the change doesn't either. */
  overtake(key: string): void {
    this.#writing.get(key)?.abort();
  }

  /** In how many ms: at once and then ever less often while proxies are asked for a table that was just written. */
  #lookAgain(key: string, outcome: Outcome): number | undefined {
    if (!isUnconfirmed(outcome)) {
      this.#askedSince.delete(key);
      return isSettled(outcome) ? undefined : LOOK_AGAIN;
    }
    const since = this.#askedSince.get(key) ?? performance.now();
    this.#askedSince.set(key, since);
    return Math.min(LOOK_AGAIN, Math.max(LOOK_SOON, (performance.now() - since) / 4));
  }

  async #bring(image: Image, route: Stored<'route'>, kept: KeptStatus): Promise<Outcome> {
    const table = renderRouteTable(image.scope, image.epoch, route, image.documents);
    const desired = table.revision;
    const wanted = { table, home: homeOf(route.value) };
    const { sight, spared, held, fit } = await this.#fit(route, wanted, kept);
    const seen = observationOf(sight);
    if (held.length > 0) {
      const standing = this.#standing.of(image, route.key, seen.applied);
      const left = standing && (await this.#leaveEmpty(image, route, { wanted, standing, kept }));
      return {
        phase: 'pending',
        desired,
        error: waitsFor(held, route, sight),
        spared: left ?? kept?.value.spared ?? [],
        ...seen,
      };
    }
    const name = [desired, ...spared].join(' ');
    if (isDone(seen, desired)) {
      await this.#standing.found(image, wanted);
      this.#contests.settled(route.key, name);
      const namespace = namespaceOf(route.value.service);
      return { ...standing(seen, desired), desired, namespace, spared, ...seen };
    }
    const { drift } = sight;
    const act = drift === undefined ? 'repair' : this.#contests.meet(route.key, name, this.now());
    if (act !== 'repair') {
      const error = act === 'yield' ? conflict(drift) : null;
      return { phase: 'pending', desired, error, spared, ...seen };
    }
    const written = await this.#write(image, route, { wanted, fit, kept, applied: seen.applied });
    this.#contests.wrote(route.key, name, this.now());
    return { ...written, spared };
  }

  async #write(image: Image, route: Stored<'route'>, { wanted, fit, kept, applied }: Due): Promise<Outcome> {
    const desired = wanted.table.revision;
    const isWhole = await this.#apply(image, fit, { standsFor: wanted, applied });
    const namespace = isWhole ? namespaceOf(route.value.service) : kept?.value.namespace;
    const seen = observationOf(await this.mesh.observe(route.value, fit));
    return { ...standing(seen, desired), desired, ...(namespace && { namespace }), ...seen };
  }

  async #fit({ value }: Stored<'route'>, { table, home }: Applied, kept: KeptStatus) {
    const before = kept?.value.spared ?? [];
    // What was in use is told by the table as it stands: without the versions that are spared already.
    const likely = spare(table, before, home);
    const view = await this.mesh.observe(value, likely);
    const { ready, unchanged } = view;
    const found = withoutEmpty(table, { ready, unchanged, spared: before, home, policy: this.whenEmpty });
    const sight = isSameJson(found.table, likely) ? view : await this.mesh.observe(value, found.table);
    return { sight, spared: found.spared, held: found.held, fit: found.table };
  }

  /** False where a change of the route came while the table was written. */
  async #apply(
    image: Image,
    table: RouteTable,
    { standsFor, applied }: { readonly standsFor: Applied; readonly applied: string | null },
  ): Promise<boolean> {
    if (this.term.signal.aborted) throw new Problem('STALE_LEASE', 'The lease was lost before the write.');
    const overtaken = new AbortController();
    this.#writing.set(table.route, overtaken);
    let isAnnounced = false;
    const announce = async (): Promise<void> => {
      await this.#standing.intend(image, standsFor, { applied, anew: isAnnounced });
      isAnnounced = true;
    };
    try {
      await this.mesh.apply(table, { overtaken: overtaken.signal, announce });
    } finally {
      this.#writing.delete(table.route);
    }
    return !overtaken.signal.aborted;
  }

  /**
   * While a table waits for endpoints, what stands still leaves versions that lost theirs, and nothing but the way back
   * itself stands before a kill: what else the table waits for comes when it is ready. Answers what is spared now.
   */
  async #leaveEmpty(
    image: Image,
    route: Stored<'route'>,
    { wanted, standing, kept }: Waiting,
  ): Promise<readonly string[]> {
    const before = kept?.value.spared ?? [];
    const killed = withoutRollout(standing.table, wanted.table);
    const next = killed === null ? standing : { table: killed, home: wanted.home };
    const { spared, held, fit } = await this.#fit(route, next, kept);
    const isNews = killed !== null || !isSameJson(spared, before);
    if (held.length > 0 || !isNews) return before;
    await this.#apply(image, fit, { standsFor: next, applied: standing.table.revision });
    return spared;
  }

  async #release(image: Image, key: string, kept: KeptStatus): Promise<number | void> {
    this.#contests.forget(key);
    this.#askedSince.delete(key);
    if (kept?.value.phase !== 'releasing') return this.#standing.forget(image, key);
    const { environment, lease } = this.term;
    const { namespace, applied } = kept.value;
    const home = this.#standing.of(image, key, applied)?.home;
    await this.#standing.confirm(image, key);
    const left = await this.mesh.release({ environment, route: key, namespace }, { home });
    if (left) return left;
    await this.#standing.forget(image, key);
    const edit = { key: stateKey.route(key), value: null, expected: kept.revision };
    await this.store.writeState(environment, edit, lease);
    this.#log.log(`route ${key} of ${environment}: released`);
  }

  async #report(route: Stored<'route'>, kept: KeptStatus, outcome: Outcome): Promise<void> {
    const before = kept?.value;
    const next = statusAfter(before ?? blankStatus(route.value), outcome, await this.store.now());
    this.#alert(route.key, before, next);
    if (before !== undefined && isSameStatus(before, next) && next.checkedAt - before.checkedAt < REFRESH)
      return;
    const edit = { key: stateKey.route(route.key), value: next, expected: kept?.revision ?? 0 };
    await this.store.writeState(this.term.environment, edit, this.term.lease);
  }

  #alert(route: string, before: RouteStatus | undefined, { error, spared = [] }: RouteStatus): void {
    const lost = spared.filter((version) => !before?.spared?.includes(version));
    if (lost.length > 0)
      this.#log.error(
        `route ${route} of ${this.term.environment}: no ready endpoints in ${lost.join(', ')}, so its requests ` +
          'go to the version that the route returns to until there are',
      );
    if (error === null || isSameJson(before?.error, error)) return;
    this.#log.error(`route ${route} of ${this.term.environment}: ${error.code}: ${error.message}`);
  }
}

function isUnconfirmed({ phase, confirmed }: Outcome): boolean {
  return phase === 'applied' && confirmed !== undefined && confirmed.by !== 'none' && confirmed.at === null;
}

function isSettled({ phase, spared = [] }: Outcome): boolean {
  return phase !== 'pending' && spared.length === 0;
}

/** The version that a route's traffic returns to. */
function homeOf({ closed, default: home }: Route): string {
  return closed ?? home;
}

function blankStatus({ service }: Route): RouteStatus {
  return {
    phase: 'pending',
    namespace: namespaceOf(service),
    desired: '',
    applied: null,
    observed: false,
    ready: {},
    checkedAt: 0,
    error: null,
  };
}

/** After a failure nothing new is known, so the status grows old. Until they are taken away, the objects are where they were. */
function statusAfter(before: RouteStatus, outcome: Outcome, now: number): RouteStatus {
  return { ...before, ...outcome, checkedAt: outcome.phase === 'failed' ? before.checkedAt : now };
}

function observationOf({
  applied,
  observed,
  ready,
  confirmed,
  root,
  policy,
}: MeshView): RouteObservation & Pick<RouteStatus, 'confirmed'> {
  return { applied, observed, ready, confirmed, root, policy };
}

/** A table that stands moves nobody until somebody's root sends requests to it, and not all where that root's rules get in its way. */
function standing(seen: RouteObservation, desired: string): Pick<RouteStatus, 'phase' | 'error'> {
  const error = rootError(seen.root);
  if (error !== null) return { phase: 'pending', error };
  return { phase: isDone(seen, desired) ? 'applied' : 'pending', error: null };
}

function isDone({ applied, observed }: RouteObservation, desired: string): boolean {
  return applied === desired && observed;
}

function isSameStatus(a: RouteStatus, b: RouteStatus): boolean {
  return isSameJson({ ...a, checkedAt: 0 }, { ...b, checkedAt: 0 });
}

/** Traffic never goes to a version without ready endpoints; where that is the way back, somebody must know. */
function waitsFor(
  empty: readonly string[],
  { value }: Stored<'route'>,
  { applied, unready = '' }: Pick<MeshView, 'applied' | 'unready'>,
): NonNullable<RouteStatus['error']> {
  const home = homeOf(value);
  const code = applied !== null && empty.includes(home) ? 'NOTHING_TO_RETURN_TO' : 'NOT_READY';
  const names = empty.map((version) => `"${version}"`).join(', ');
  const meanwhile = applied === null ? 'nothing is written' : 'the last table stays';
  const message = `No ready endpoints in version ${names}; ${meanwhile} until there are. ${unready}`.trim();
  return { code, message };
}

/** Somebody undoes what we write, again and again; to write on would only make the proxies flap. */
function conflict(drift: MeshDrift | undefined): NonNullable<RouteStatus['error']> {
  const { object = '', act = 'changed', manager = null } = drift ?? {};
  const who = manager === null ? 'Somebody whom the API server does not name' : `Field manager "${manager}"`;
  const does = act === 'removed' ? 'removing' : 'changing';
  const message = `${who} keeps ${does} ${object}, so it is left as it is for a while. Let one of the two own it; a change of the route is written all the same.`;
  return { code: 'CONFLICT', message };
}

function failure(error: unknown, kept: KeptStatus): Outcome {
  const code = error instanceof Problem ? error.code : 'GENERAL';
  const message = error instanceof Error ? error.message : String(error);
  return { phase: 'failed', desired: kept?.value.desired ?? '', error: { code, message } };
}
