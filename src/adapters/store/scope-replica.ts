import { randomBytes } from 'node:crypto';
import type { Commit } from '../../domain/change.js';
import { Documents } from '../../domain/documents.js';
import type { Image } from '../../domain/image.js';
import { Problem } from '../../domain/problem.js';
import { presentForm } from '../../domain/stored-form.js';
import type { Cursor, Watcher } from '../../ports/store.js';
import { kinshipOf } from './kinship.js';
import { ledgerCommit, type LedgerCommit } from './ledger-commit.js';
import {
  EPOCHS_KEPT,
  REPLAYED,
  type EpochStart,
  type Ledger,
  type LoadedScope,
  type LogEntry,
} from './ledger.js';
import { planRollback } from './rollback.js';
import { ScopeMemory, type Told } from './scope-memory.js';
import type { StoreLog } from './store-log.js';
import { Watchers } from './watchers.js';

/** Rounds in which epochs may change under us before we say that the store isn't usable. */
const ROUNDS = 8;

/**
 * One scope as this process knows it, kept up to date with the ledger, and those who watch it. All reading of the
 * ledger goes one after the other, so that what is told is in order.
 */
export class ScopeReplica {
  readonly #scope: string;
  readonly #ledger: Ledger;
  readonly #log: StoreLog;
  readonly #watchers: Watchers;
  #memory: ScopeMemory | null = null;
  #lost: string | null = null;
  #connected = true;
  #told = true;
  #tail: Promise<unknown> = Promise.resolve();
  #queued: Promise<void> | null = null;

  constructor(scope: string, ledger: Ledger, log: StoreLog) {
    this.#scope = scope;
    this.#ledger = ledger;
    this.#log = log;
    this.#watchers = new Watchers(scope, log);
  }

  /** The last known image; null before the first load. */
  get image(): Image | null {
    return this.#memory?.image ?? null;
  }

  /** Why the store's record of this scope is not the one that is known here; null while it is. */
  get lost(): string | null {
    return this.#lost;
  }

  /** Takes in all that the ledger holds by now: whatever was written before the call is in the image after it. */
  catchUp(): Promise<void> {
    this.#queued ??= this.#inTurn(async () => {
      this.#queued = null;
      await this.#pull();
    });
    return this.#queued;
  }

  /** Whether the store answered for this scope last time. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Takes in a change that this process has written in `epoch`; asks the ledger where another one came between. */
  takeOwn(entry: LogEntry, epoch: string): Promise<void> {
    return this.#inTurn(async () => {
      const memory = this.#lost === null ? this.#memory : null;
      const { revision } = entry.change;
      if (memory?.position.epoch !== epoch || memory.position.revision !== revision - 1) await this.#pull();
      else this.#watchers.changes(memory.apply([entry], [], memory.position.touched));
    });
  }

  /** Says whether the store can be reached for this scope. */
  setConnected(connected: boolean): void {
    this.#connected = connected;
    this.#tellConnected();
  }

  async watch(from: Cursor | null, watcher: Watcher): Promise<() => void> {
    if (from !== null) await this.#meetCursor(from);
    const older = from === null ? [] : await this.#older(from);
    // From here on nothing waits, so nothing can come between what is told now and what is told next.
    const image = this.#present();
    const told = from === null || this.#memory === null ? null : replay(this.#memory, from, older);
    return this.#watchers.join(watcher, (newcomer) => {
      if (told === null) newcomer.reset(image);
      else for (const { change, image: after } of told) newcomer.change(change, after);
      if (!this.#told) newcomer.connected?.(false);
    });
  }

  /** Takes a lost record as it is: makes the slot anew with `first` as its first change, or adopts what stands there. */
  async confirm(first: Commit): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#lost === null) return;
      const known = this.#memory?.epochs ?? [];
      const loaded = await this.#ledger.load(this.#scope);
      const epochs = [...known, ...(loaded?.epochs ?? []), startAt(loaded?.revision ?? 0)].slice(
        -EPOCHS_KEPT,
      );
      if (loaded === null) {
        const commit = ledgerCommit(first);
        await this.#ledger.create(this.#scope, { epochs, claim: null, commit });
      } else await this.#ledger.renew(this.#scope, { from: loaded, epochs, commit: null });
      await this.#reload();
    });
  }

  async #pull(): Promise<void> {
    for (let more = true; more;) {
      if (this.#memory === null || this.#lost !== null) return this.#reload();
      const pulled = await this.#ledger.pull(this.#scope, this.#memory.position);
      if (pulled.kind !== 'changes') return this.#reload();
      this.#watchers.changes(this.#memory.apply(pulled.entries, pulled.states, pulled.touched));
      this.#watchers.states(
        pulled.states.map(({ key }) => key),
        this.#memory.image,
      );
      more = pulled.more;
    }
  }

  async #reload(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const loaded = ofToday(await this.#ledger.load(this.#scope));
      if (loaded === null) return this.#lose('The store has no record of it');
      if (kinshipOf(this.#memory, loaded).kind === 'foreign')
        return this.#lose('The record in the store is not a continuation of the one known here');
      if (!(await this.#mend(loaded))) return this.#adopt(loaded);
    }
    throw new Problem('STORE_UNAVAILABLE', `"${this.#scope}" keeps changing its epoch; try again`);
  }

  /** Begins a new epoch and writes again what safety needs, where that is due. False when nothing was. */
  async #mend(loaded: LoadedScope): Promise<boolean> {
    const kinship = kinshipOf(this.#memory, loaded);
    if (kinship.kind === 'foreign') return false;
    const base = kinship.kind === 'back' ? kinship.base : null;
    const rollback = base === null ? null : await this.#rollback(loaded, base);
    if (kinship.renew) {
      await this.#renew(loaded, rollback);
      return true;
    }
    if (rollback === null) return false;
    await this.#ledger.commit(this.#scope, rollback, loaded.epoch);
    return true;
  }

  /** What safety needs written again of what the store has lost since revision `base`, or null. */
  async #rollback(loaded: LoadedScope, base: number): Promise<LedgerCommit | null> {
    if (this.#memory === null) return null;
    const commit = planRollback(this.#memory.image, loaded, base, await this.#ledger.now());
    return commit && ledgerCommit(commit, new Documents(loaded.documents));
  }

  async #renew(loaded: LoadedScope, commit: LedgerCommit | null): Promise<void> {
    const known = this.#memory?.epochs ?? [];
    // The longer line goes on, so that every replica that remembers a part of it finds itself in it.
    const line = known.some(({ epoch }) => epoch === loaded.epoch) ? known : loaded.epochs;
    const epochs = [...line, startAt(loaded.revision)].slice(-EPOCHS_KEPT);
    if (await this.#ledger.renew(this.#scope, { from: loaded, epochs, commit })) {
      this.#log('warn', 'A new epoch begins: the store was started anew or has lost changes', {
        scope: this.#scope,
        revision: loaded.revision,
        known: this.#memory?.position.revision,
        restored: commit?.edits.map(({ kind, key }) => `${kind}/${key}`) ?? [],
      });
    }
  }

  #adopt(loaded: LoadedScope): void {
    this.#memory = new ScopeMemory(this.#scope, loaded);
    this.#lost = null;
    this.#watchers.reset(this.#memory.image);
    this.#tellConnected();
  }

  #lose(why: string): void {
    if (this.#lost !== why) this.#log('error', `STORE_LOST: ${why}`, { scope: this.#scope });
    this.#lost = why;
    this.#tellConnected();
  }

  #tellConnected(): void {
    const connected = this.#connected && this.#lost === null;
    if (connected === this.#told) return;
    this.#told = connected;
    this.#watchers.connected(connected);
  }

  /**
   * Whoever stands ahead of us may have been told by a replica that is faster, or may claim anything: it makes us look,
   * and decides nothing. That changes were lost, looking shows by itself.
   */
  async #meetCursor(from: Cursor): Promise<void> {
    if (this.#isAhead(from)) await this.catchUp();
  }

  #isAhead(from: Cursor): boolean {
    const { epoch, revision } = this.#present();
    return from.epoch === epoch && from.revision > revision;
  }

  /** Changes after `from` that memory doesn't hold any more. */
  async #older(from: Cursor): Promise<readonly LogEntry[]> {
    const { epoch, revision } = this.#present();
    const to = this.#memory?.recentFrom ?? revision;
    if (from.epoch !== epoch || revision - from.revision > REPLAYED || from.revision >= to) return [];
    try {
      return await this.#ledger.log(this.#scope, from.revision + 1, to);
    } catch {
      // A reset tells the same as the changes would, and needs no store.
      return [];
    }
  }

  #present(): Image {
    if (this.#memory !== null) return this.#memory.image;
    throw new Problem('STORE_LOST', `There is no record of "${this.#scope}" in the store nor in memory`);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(work);
    this.#tail = run.catch(() => undefined);
    return run;
  }
}

function replay(memory: ScopeMemory, from: Cursor, older: readonly LogEntry[]): readonly Told[] | null {
  const { epoch, revision } = memory.position;
  if (from.epoch !== epoch || revision - from.revision > REPLAYED) return null;
  return memory.replay(from.revision, older);
}

function startAt(revision: number): EpochStart {
  return { epoch: randomBytes(9).toString('base64url'), revision };
}

function ofToday(loaded: LoadedScope | null): LoadedScope | null {
  if (loaded === null) return null;
  const documents = loaded.documents.map((stored) => ({
    ...stored,
    value: presentForm(stored.kind, stored.value),
  }));
  return { ...loaded, documents };
}
