import { randomBytes } from 'node:crypto';
import type {
  Commit,
  Committed,
  Idempotency,
  LeaseProof,
  Recalled,
  StateEdit,
  StoredState,
} from '../../domain/change.js';
import { ref, type Edit } from '../../domain/documents.js';
import { REGISTRY, type Image } from '../../domain/image.js';
import { Problem } from '../../domain/problem.js';
import type { UnitCounts, UnitSighting } from '../../domain/units.js';
import {
  Store,
  type Count,
  type CountBatch,
  type Cursor,
  type HistoryPage,
  type HourlyUsage,
  type KeptEntry,
  type LastSeen,
  type MetricPoint,
  type ReceivedPoint,
  type Watcher,
} from '../../ports/store.js';
import { createSlot } from './environment-slot.js';
import { ledgerCommit, type LedgerCommit } from './ledger-commit.js';
import { stateCommit, type HistoryQuery, type Ledger, type Outcome } from './ledger.js';
import { refusalOf, reusedProblem } from './refusal.js';
import { ScopeReplica } from './scope-replica.js';
import type { StoreLog } from './store-log.js';

/** The store as its port asks for it, over a ledger: one replica in memory for each scope. */
export abstract class ReplicatedStore extends Store {
  /** Usable from `open` on; before that, getting it is STORE_UNAVAILABLE. */
  protected abstract readonly ledger: Ledger;
  protected readonly log: StoreLog;
  readonly #instance = randomBytes(9).toString('base64url');
  readonly #scopes = new Map<string, ScopeReplica>();
  #unfollow: (() => void) | null = null;

  constructor(log: StoreLog) {
    super();
    this.log = log;
  }

  get connected(): boolean {
    return this.#scopes.get(REGISTRY)?.connected ?? false;
  }

  available(scope: string): boolean {
    const replica = this.#scopes.get(scope);
    return replica?.connected === true && replica.lost === null;
  }

  async now(): Promise<number> {
    return this.ledger.now();
  }

  async image(scope: string): Promise<Image> {
    const replica = await this.#known(scope);
    return replica.image ?? fail(lostProblem(scope, replica));
  }

  async commit(scope: string, commit: Commit): Promise<Committed> {
    const { epoch, revision, repeated } = await this.#write(scope, await this.#toLedger(scope, commit));
    return { epoch, revision, repeated };
  }

  async recall(scope: string, { key, input }: Pick<Idempotency, 'key' | 'input'>): Promise<Recalled | null> {
    await this.#known(scope);
    const known = await this.ledger.remembered(scope, key);
    if (known === null) return null;
    if (known.input !== input) throw reusedProblem();
    return { epoch: known.epoch, revision: known.revision, answer: known.answer };
  }

  async createEnvironment(environment: string, description: string, commit: Commit): Promise<Committed> {
    const registry = await this.#writable(REGISTRY);
    // A store that has moved ends all leases once somebody has noticed: before one is taken, not after.
    await registry.catchUp();
    const created = await createSlot(this.ledger, environment, commit, async (lease) => {
      await registry.catchUp();
      if (registry.image?.documents.get('environment', environment) !== undefined) return false;
      if (lease === null) return true;
      await this.#write(REGISTRY, {
        edits: [{ kind: 'environment', key: environment, value: { key: environment, description } }],
        expected: { [ref('environment', environment)]: 0 },
        lease,
        actor: commit.actor,
        reason: commit.reason,
      });
      return true;
    });
    await (await this.#known(environment)).catchUp();
    return created;
  }

  async watch(scope: string, from: Cursor | null, watcher: Watcher): Promise<() => void> {
    return (await this.#known(scope)).watch(from, watcher);
  }

  async history(scope: string, query: HistoryQuery): Promise<HistoryPage> {
    await this.#known(scope);
    return this.ledger.history(scope, query);
  }

  async confirmEmpty(scope?: string, by: Pick<Commit, 'actor' | 'reason'> = CONFIRMED): Promise<void> {
    if (scope === undefined || scope === REGISTRY) await this.#confirm(REGISTRY, by);
    if (scope === REGISTRY) return;
    const scopes = scope === undefined ? [...this.#scopes.keys()] : [scope];
    for (const each of scopes.filter((name) => name !== REGISTRY)) {
      await this.#known(each);
      await this.#confirm(each, by);
    }
  }

  async readState(scope: string, key: string): Promise<StoredState | null> {
    await this.#known(scope);
    return this.ledger.readState(scope, key);
  }

  async writeState(scope: string, edit: StateEdit, lease?: LeaseProof): Promise<StoredState | null> {
    const { states } = await this.#write(scope, stateCommit(edit, lease));
    return edit.value === null ? null : { key: edit.key, revision: states[0] ?? 0, value: edit.value };
  }

  async addCounts(scope: string, batch: CountBatch): Promise<boolean> {
    await this.#writable(scope);
    const { counts, evaluations = [] } = batch;
    const numbers = [...counts.flatMap(({ count, sum }) => [count, sum]), ...evaluations.map((e) => e.count)];
    if (!numbers.every(isCountable))
      throw new Problem('INVALID_INPUT', `Counts and sums must be numbers of at most ${LARGEST}`, {
        field: 'counts',
      });
    return this.ledger.addCounts(scope, batch);
  }

  async readCounts(
    scope: string,
    series: readonly string[],
    from: number,
    to: number,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, Count>>> {
    await this.#known(scope);
    return this.ledger.readCounts(scope, series, from, to);
  }

  async addUnits(scope: string, series: string, seen: readonly UnitSighting[]): Promise<void> {
    await this.#writable(scope);
    if (!seen.every(({ units }) => units.every(isHash)))
      throw new Problem('INVALID_INPUT', 'Units are hashes: whole numbers from 0 to 4294967295', {
        field: 'units',
      });
    await this.ledger.addUnits(scope, series, seen);
  }

  async readUnits(scope: string, series: string, from: number, to: number): Promise<UnitCounts> {
    await this.#known(scope);
    return this.ledger.readUnits(scope, series, from, to);
  }

  async readVerdict(scope: string, id: string): Promise<unknown> {
    await this.#known(scope);
    return this.ledger.readVerdict(scope, id);
  }

  async newestVerdicts(scope: string, limit: number, guard?: string): Promise<readonly KeptEntry[]> {
    await this.#known(scope);
    return this.ledger.newestVerdicts(scope, limit, guard);
  }

  async unnamedVerdicts(scope: string, limit: number): Promise<readonly KeptEntry[]> {
    await this.#known(scope);
    return this.ledger.unnamedVerdicts(scope, limit);
  }

  async addPoints(scope: string, points: readonly MetricPoint[]): Promise<boolean> {
    await this.#writable(scope);
    return points.length === 0 || this.ledger.addPoints(scope, points);
  }

  async readPoints(scope: string, from: number, to: number): Promise<readonly ReceivedPoint[]> {
    await this.#known(scope);
    return this.ledger.readPoints(scope, from, to);
  }

  async readUsage(scope: string, flag: string, from: number, to: number): Promise<HourlyUsage> {
    await this.#known(scope);
    return this.ledger.readUsage(scope, flag, from, to);
  }

  async readLastSeen(scope: string): Promise<LastSeen> {
    await this.#known(scope);
    return this.ledger.readLastSeen(scope);
  }

  async acquireLease(scope: string, name: string, holder: string, ttl: number): Promise<number | null> {
    await this.#writable(scope);
    return this.ledger.acquireLease(scope, { name, holder, instance: this.#instance, ttl });
  }

  async releaseLease(scope: string, name: string, holder: string): Promise<void> {
    await this.#known(scope);
    return this.ledger.releaseLease(scope, { name, holder, instance: this.#instance });
  }

  /** Loads the registry, made anew where there is none and that is allowed, and every environment in it. */
  protected async loadScopes(mayInitialise: boolean): Promise<void> {
    if ((await this.ledger.load(REGISTRY)) === null) {
      if (!mayInitialise) throw new Problem('STORE_LOST', NO_REGISTRY);
      await this.ledger.create(REGISTRY, { epochs: [firstEpoch()], claim: null, commit: null });
    }
    const registry = this.#replica(REGISTRY);
    await registry.catchUp();
    this.setReachable(true);
    const load = (): void => this.#loadRegistered();
    this.#unfollow?.();
    this.#unfollow = await registry.watch(null, { change: load, reset: load });
    await Promise.all([...this.#scopes.values()].map((replica) => replica.catchUp()));
  }

  /**
   * Takes in whatever was written to one scope, or to all of them, by others. Whether that works is whether the scope can
   * be reached: where scopes are kept by several servers, one may be away alone. Tells of each that can't be.
   */
  protected async catchUp(scope?: string): Promise<ReadonlyMap<string, Error>> {
    const replicas = [...this.#scopes].filter(([name]) => scope === undefined || name === scope);
    const faults = new Map<string, Error>();
    await Promise.all(
      replicas.map(([name, replica]) =>
        replica.catchUp().catch((error: unknown) => void faults.set(name, error as Error)),
      ),
    );
    // Only now: whoever is told that the store is back finds every scope that is.
    for (const [name, replica] of replicas) replica.setConnected(!faults.has(name));
    return faults;
  }

  /** Says for all scopes at once whether the store can be reached. */
  protected setReachable(reachable: boolean): void {
    for (const replica of this.#scopes.values()) replica.setConnected(reachable);
  }

  async #write(
    scope: string,
    commit: LedgerCommit,
  ): Promise<Extract<Outcome, { readonly kind: 'committed' }>> {
    const replica = await this.#writable(scope);
    for (let attempt = 0; ; attempt += 1) {
      const { epoch } = replica.image ?? fail(lostProblem(scope, replica));
      const outcome = await this.#commitAndCatchUp(replica, scope, [commit, commit.epoch ?? epoch]);
      if (outcome.kind === 'committed') return outcome;
      // What rests on nothing that was read is as good in the new epoch.
      if (outcome.kind === 'moved' && attempt === 0 && !isBound(commit)) continue;
      throw refusalOf(outcome, commit, replica.image ?? fail(lostProblem(scope, replica)));
    }
  }

  /** The image shows the commit afterwards, without another question where nothing else came between. */
  async #commitAndCatchUp(
    replica: ScopeReplica,
    scope: string,
    [commit, epoch]: readonly [LedgerCommit, string],
  ): Promise<Outcome> {
    const outcome = await this.ledger.commit(scope, commit, epoch);
    const own = outcome.kind === 'committed' && commit.state === undefined ? outcome.entry : null;
    if (own !== null) await replica.takeOwn(own, epoch);
    else await replica.catchUp();
    return outcome;
  }

  /** What the caller read may have been written since we looked last. */
  async #toLedger(scope: string, commit: Commit): Promise<LedgerCommit> {
    const replica = await this.#writable(scope);
    const knows = ({ kind, key }: Edit): boolean =>
      kind !== 'segment' ||
      (replica.image?.documents.get(kind, key)?.revision ?? 0) === commit.expected[ref(kind, key)];
    if (!commit.edits.every(knows)) await replica.catchUp();
    const { documents, epoch } = replica.image ?? fail(lostProblem(scope, replica));
    const split = ledgerCommit(commit, documents);
    // What becomes of a list holds only where it was looked at.
    return split.edits.some(({ keys }) => keys !== undefined) ? { epoch, ...split } : split;
  }

  async #writable(scope: string): Promise<ScopeReplica> {
    const replica = await this.#known(scope);
    if (replica.lost !== null) throw lostProblem(scope, replica);
    if (!this.#isRegistered(scope)) throw lostProblem(scope, replica);
    return replica;
  }

  async #known(scope: string): Promise<ScopeReplica> {
    const replica = this.#scopes.get(scope);
    if (replica?.image) return replica;
    if (!this.#isRegistered(scope) && this.connected) await this.#scopes.get(REGISTRY)?.catchUp();
    if (!this.#isRegistered(scope)) throw new Problem('NOT_FOUND', `There is no environment "${scope}"`);
    const found = this.#replica(scope);
    await found.catchUp();
    return found;
  }

  #isRegistered(scope: string): boolean {
    const registry = this.#scopes.get(REGISTRY)?.image;
    if (!registry) throw new Problem('STORE_UNAVAILABLE', 'The store is not open');
    return scope === REGISTRY || registry.documents.get('environment', scope) !== undefined;
  }

  #loadRegistered(): void {
    for (const { key } of this.#scopes.get(REGISTRY)?.image?.documents.list('environment') ?? []) {
      if (this.#scopes.has(key)) continue;
      this.#replica(key)
        .catchUp()
        .catch((error: unknown) =>
          this.log('warn', 'An environment could not be loaded yet', { key, error }),
        );
    }
  }

  #replica(scope: string): ScopeReplica {
    const known = this.#scopes.get(scope);
    if (known) return known;
    const made = new ScopeReplica(scope, this.ledger, this.log);
    made.setConnected(this.connected);
    this.#scopes.set(scope, made);
    return made;
  }

  async #confirm(scope: string, by: Pick<Commit, 'actor' | 'reason'>): Promise<void> {
    const replica = this.#scopes.get(scope);
    const documents = scope === REGISTRY ? [...(replica?.image?.documents.all() ?? [])] : [];
    await replica?.confirm({
      edits: documents.map(({ kind, key, value }) => ({ kind, key, value }) as Commit['edits'][number]),
      expected: {},
      ...by,
    });
  }
}

/** Far from where doubles lose whole numbers, however many are added up. */
const LARGEST = 1e12;

const CONFIRMED = {
  actor: 'system:confirm-empty',
  reason: 'A person confirmed that the store is empty',
} as const;

const NO_REGISTRY =
  'STORE_LOST: the store has no registry. Restore it; or, if it is meant to be new, set TIDEGATE_ADMIN_TOKEN and start again';

function firstEpoch(): { readonly epoch: string; readonly revision: number } {
  return { epoch: randomBytes(9).toString('base64url'), revision: 0 };
}

function lostProblem(scope: string, replica: ScopeReplica): Problem {
  return new Problem(
    'STORE_LOST',
    `${replica.lost ?? 'The registry in the store does not list it'} ("${scope}"). Restore the store, or confirm that it is empty`,
  );
}

function isBound(commit: LedgerCommit): boolean {
  return (
    commit.epoch !== undefined ||
    commit.lease !== undefined ||
    commit.asOf !== undefined ||
    Object.keys({ ...commit.expected, ...commit.unchanged }).length > 0 ||
    (commit.state ?? []).some(({ expected }) => expected !== undefined)
  );
}

function isHash(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

function isCountable(value: number): boolean {
  return Math.abs(value) <= LARGEST;
}

function fail(problem: Problem): never {
  throw problem;
}
