import { applyDelta, compile, type Engine, type Snapshot } from '@tidegate/sdk/engine';
import { IdentityVerifier } from '../auth/identity-verifier.js';
import type { Change } from '../domain/change.js';
import type { Identity } from '../domain/environment.js';
import type { Image } from '../domain/image.js';
import { toDelta, toSnapshot } from '../domain/snapshot.js';
import type { Cursor, Watcher } from '../ports/store.js';
import { AnswerUsage } from './answer-usage.js';
import { FlagAnswers } from './flag-answers.js';
import { frame } from './frame.js';
import { FrameLog } from './frame-log.js';
import { Subscribers } from './subscribers.js';

/** Everything that requests for one environment need at one revision. Replaced whole by each change. */
export interface View {
  readonly engine: Engine;
  readonly snapshot: Snapshot;
  /** `epoch.revision`: the cursor, and the ETag without its quotes. */
  readonly cursor: string;
  readonly answers: FlagAnswers;
}

/**
 * One environment kept ready to answer from memory: the compiled engine, the snapshot as bytes, the latest deltas, and
 * the open streams. Fed by `Store.watch`; while the store is away it stays as it is.
 */
export class EnvironmentView implements Watcher {
  readonly subscribers = new Subscribers();
  readonly usage = new AnswerUsage();
  readonly #frames = new FrameLog();
  readonly #makeVerifier: (identity: Identity) => IdentityVerifier;
  #view: View | undefined;
  #bytes: Buffer | undefined;
  #frame: Buffer | undefined;
  #identity = 'null';
  #verifier: IdentityVerifier | null = null;

  constructor(makeVerifier: (identity: Identity) => IdentityVerifier) {
    this.#makeVerifier = makeVerifier;
  }

  /** Undefined until the first image has come. */
  get view(): View | undefined {
    return this.#view;
  }

  /** Who checks users' tokens, or null where the environment has no identity setting. */
  get verifier(): IdentityVerifier | null {
    return this.#verifier;
  }

  reset(image: Image): void {
    this.#show(toSnapshot(image), image);
    this.#frames.clear();
    if (this.subscribers.size > 0) this.subscribers.broadcast(this.#snapshotFrame());
  }

  change(change: Change, image: Image): void {
    if (!this.#continues(change, image)) return this.reset(image);
    const delta = toDelta(change, image);
    this.#show(applyDelta((this.#view as View).snapshot, delta), image);
    const bytes = frame('delta', `${delta.epoch}.${delta.revision}`, Buffer.from(JSON.stringify(delta)));
    this.#frames.push(delta.revision, bytes);
    this.subscribers.broadcast(bytes);
  }

  /** The snapshot as JSON bytes, written once per revision. Only while there is a view. */
  snapshotBytes(): Buffer {
    this.#bytes ??= Buffer.from(JSON.stringify(this.#view?.snapshot));
    return this.#bytes;
  }

  /** What brings a client at `from` (null: nowhere) up to date: the deltas since, or a whole snapshot. */
  catchUp(from: Cursor | null): readonly Buffer[] {
    const { epoch, revision } = this.#view?.snapshot ?? { epoch: '', revision: 0 };
    const missed = from?.epoch === epoch ? this.#frames.since(from.revision, revision) : null;
    return missed ?? [this.#snapshotFrame()];
  }

  /** Whether a client knows more of this epoch than we do: we lag, or the store has lost changes. */
  isBehind(from: Cursor | null): boolean {
    const { epoch, revision } = this.#view?.snapshot ?? { epoch: '', revision: 0 };
    return from?.epoch === epoch && from.revision > revision;
  }

  #continues({ revision }: Change, { epoch }: Image): boolean {
    const { snapshot } = this.#view ?? {};
    return snapshot !== undefined && snapshot.epoch === epoch && snapshot.revision === revision - 1;
  }

  #show(snapshot: Snapshot, image: Image): void {
    const engine = compile(snapshot, this.#view?.engine);
    const cursor = `${snapshot.epoch}.${snapshot.revision}`;
    this.#view = { engine, snapshot, cursor, answers: new FlagAnswers(snapshot) };
    this.#bytes = undefined;
    this.#frame = undefined;
    const identity = image.documents.value('settings', 'environment')?.identity ?? null;
    const text = JSON.stringify(identity);
    if (text === this.#identity) return;
    this.#identity = text;
    this.#verifier = identity === null ? null : this.#makeVerifier(identity);
  }

  #snapshotFrame(): Buffer {
    this.#frame ??= frame('snapshot', this.#view?.cursor ?? '', this.snapshotBytes());
    return this.#frame;
  }
}
