import { applyDelta, compile, type Snapshot, type SnapshotDelta } from '../engine/index.js';
import { ClientError } from './client-error.js';
import type { ClientEvents, ClientStatus } from './client-events.js';
import type { ConfigurationStats, Origin } from './configuration-stats.js';
import type { Evaluation } from './evaluation.js';
import { FlagWatchers } from './flag-watchers.js';
import { changedKeys, graft } from './graft.js';
import { callSafely, Listeners } from './listeners.js';
import type { PrivateAttributes } from './private-attributes.js';
import { Readiness } from './readiness.js';
import { routePartsOf } from './route-headers.js';
import type { SourceSink } from './sources/source.js';

/** What a client holds, how fresh it is, and who is told. */
export class ClientState implements SourceSink {
  readonly listeners = new Listeners<ClientEvents>((error, event) => this.#tellThrow(error, String(event)));
  readonly watchers = new FlagWatchers((listener, payload) =>
    callSafely(listener, payload, (error) => this.#tellThrow(error, 'flag')),
  );
  /** Called with each configuration that the server tells. */
  keep: (snapshot: Snapshot) => void = () => undefined;
  readonly #evaluation: Evaluation;
  readonly #hidden: PrivateAttributes;
  readonly #readiness = new Readiness();
  readonly #hookFailures = new Map<string, number>();
  #status: ClientStatus = 'connecting';
  #origin: Origin | null = null;
  #staleSince: Date | null = null;
  #breaks = 0;
  #throws = 0;

  constructor(evaluation: Evaluation, hidden: PrivateAttributes) {
    this.#evaluation = evaluation;
    this.#hidden = hidden;
  }

  get status(): ClientStatus {
    return this.#status;
  }

  get held(): Snapshot | undefined {
    return this.#evaluation.engine?.snapshot;
  }

  ready(timeout: number): Promise<void> {
    if (this.#status === 'closed') return Promise.reject(new ClientError('CLOSED', 'The client is closed.'));
    return this.#readiness.wait(timeout, () => this.held !== undefined);
  }

  /** Takes what is known without the server; of two, the newer of the same epoch, else the later call's. */
  restore(snapshot: Snapshot, origin: 'bootstrap' | 'file', savedAt: Date): void {
    const { held } = this;
    if (held?.epoch === snapshot.epoch && held.revision >= snapshot.revision) return;
    this.#staleSince = savedAt;
    this.#takeWhole(snapshot, origin);
    this.#become('stale');
  }

  /** There will be no server; what is held is what there is. */
  goOffline(): void {
    this.#become('offline');
    this.#readiness.reach();
  }

  opened(): void {
    if (this.held === undefined) return;
    this.#staleSince = null;
    this.#become('ready');
    this.#readiness.reach();
  }

  snapshot(snapshot: Snapshot, origin: Origin = 'stream'): void {
    this.#takeWhole(snapshot, origin);
    this.opened();
  }

  delta(delta: SnapshotDelta): void {
    if (this.held === undefined) throw new RangeError('a delta came before the first snapshot');
    const gone = delta.deleted.filter(({ kind }) => kind === 'flag');
    const flags = [...delta.flags, ...gone].map(({ key }) => key);
    this.#take(applyDelta(this.held, delta), 'stream', flags);
    this.opened();
  }

  broke(error: ClientError): void {
    this.#breaks += 1;
    this.#staleSince ??= new Date();
    if (this.held !== undefined) {
      this.#become('stale');
      this.#readiness.reach();
    } else if (error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN') this.#readiness.fail(error);
    this.failed(error);
  }

  failed(error: ClientError): void {
    this.listeners.tell('error', error);
  }

  close(): void {
    this.#become('closed');
    this.#evaluation.counting = false;
    this.#readiness.fail(new ClientError('CLOSED', 'The client was closed before the first snapshot came.'));
  }

  /** Hooks run at every evaluation: told at the first failure, the tenth, the hundredth …, of each stage of each hook. */
  hookFailed(error: unknown, stage: string, name: string): void {
    this.#throws += 1;
    const times = (this.#hookFailures.get(`${stage} ${name}`) ?? 0) + 1;
    this.#hookFailures.set(`${stage} ${name}`, times);
    if (!/^10*$/.test(String(times))) return;
    const message = `The stage ${stage} of the hook ${name} threw (${times} so far).`;
    this.failed(new ClientError('HOOK', message, { cause: error }));
  }

  stats(): ConfigurationStats {
    return {
      ...describe(this.held),
      origin: this.#origin,
      staleSince: this.#staleSince,
      withheld: this.#evaluation.routeParts.withheld,
      breaks: this.#breaks,
      throws: this.#throws,
    };
  }

  #takeWhole(given: Snapshot, origin: Origin): void {
    const snapshot = graft(given, this.held);
    this.#take(snapshot, origin, changedKeys(this.held?.flags ?? [], snapshot.flags));
  }

  /** `flags`: keys of those that changed. */
  #take(snapshot: Snapshot, origin: Origin, flags: readonly string[]): void {
    const engine = compile(snapshot, this.#evaluation.engine);
    const parts = routePartsOf(snapshot, this.#hidden);
    const before = this.#evaluation.routeParts;
    this.#evaluation.show(engine);
    this.#evaluation.routeParts = parts;
    this.#origin = origin;
    if (origin === 'stream' || origin === 'poll') this.keep(snapshot);
    this.#tellWithheld(before.withheld.join(', '), parts.withheld.join(', '));
    this.listeners.tell('change', { epoch: snapshot.epoch, revision: snapshot.revision, flags });
    this.watchers.show(engine);
  }

  /** Says what `routeHeaders` leaves out for privacy, once for each such set. */
  #tellWithheld(before: string, now: string): void {
    if (now === '' || now === before) return;
    const message = `routeHeaders leaves out what would tell of private attributes: ${now}.`;
    this.failed(new ClientError('PRIVATE_ATTRIBUTE', message));
  }

  /** Without a snapshot the client is neither ready nor stale; a closed one stays closed. */
  #become(status: ClientStatus): void {
    if (status === this.#status || this.#status === 'closed') return;
    this.#status = status;
    this.listeners.tell('status', status);
  }

  /** What an error listener throws has nowhere left to go. */
  #tellThrow(error: unknown, event: string): void {
    this.#throws += 1;
    if (event === 'error') return;
    this.failed(new ClientError('LISTENER', `A ${event} listener threw.`, { cause: error }));
  }
}

/** What the stats say of a snapshot. */
function describe(held: Snapshot | undefined) {
  if (held === undefined) {
    return { environment: null, epoch: null, revision: null, flags: 0, segments: 0, routes: 0 };
  }
  const { environment, epoch, revision, flags, segments, routes } = held;
  const sizes = { flags: flags.length, segments: segments.length, routes: routes.length };
  return { environment, epoch, revision, ...sizes };
}
