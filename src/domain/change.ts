import type { Segment, SegmentHead, SegmentKeyChange } from '@tidegate/sdk/engine';
import type { AnyDocument, Edit, Kind, Ref } from './documents.js';
import type { EventKind } from './event-kind.js';

/** What happened, to whom, and on what evidence (words and figures; JSON). */
export interface ChangeEvent {
  readonly kind: EventKind;
  /** The document it happened to: `rollout/new-checkout`, or `guard/checkout-errors`. */
  readonly subject: Ref;
  readonly evidence: { readonly [name: string]: unknown };
}

/** Compare-and-set of one state key. `value` null deletes. `expected` is the state's revision as read, 0 = absent; omitted = whatever. */
export interface StateEdit {
  readonly key: string;
  readonly value: unknown;
  readonly expected?: number;
  /** As in `Commit`; only where the state is written alone. */
  readonly epoch?: string;
}

/** A state value and its own revision (rises by one per write, from 1; not the environment's). */
export interface StoredState<T = unknown> {
  readonly key: string;
  readonly revision: number;
  readonly value: T;
}

/** Names the lease that a writer holds; `token` is its fencing token. */
export interface LeaseProof {
  readonly name: string;
  readonly token: number;
}

/** What the caller asked for, so that the same key and input within 24 h gives the first answer again. */
export interface Idempotency {
  readonly key: string;
  /** A digest of what was asked, without white space. */
  readonly input: string;
  /** Kept beside it, for `Store.recall`: what of the answer neither documents nor the log hold (JSON). */
  readonly answer?: unknown;
}

/** What a guard's verdict was decided on, kept as long as the store is set up to; it is no change, and in no image. */
export interface VerdictEntry {
  /** Key of the guard. */
  readonly guard: string;
  /** JSON. */
  readonly entry: unknown;
}

/** Stands in the event and the states of a commit for the id of the verdict that it keeps: the store writes that in its place. */
export const VERDICT_ID = '@verdict';

/** One atomic write: all or nothing. See `Store.commit`. */
export interface Commit {
  readonly edits: readonly Edit[];
  readonly state?: readonly StateEdit[];
  readonly event?: ChangeEvent;
  /** The verdict that this was written for: kept with it, so that there is none of what was never done. */
  readonly verdict?: VerdictEntry;
  /** Revision of each written document as read; 0 = it must not exist. Every edited document is listed. */
  readonly expected: { readonly [ref: Ref]: number };
  /** Revision of each document that the decision rests on, as read; 0 = it was absent. */
  readonly unchanged?: { readonly [ref: Ref]: number };
  /**
   * Revision of the whole scope as read, which must still stand: for a decision that rests on what is absent (nobody
   * names what is deleted), which no document's revision proves. A miss is STALE_REVISION.
   */
  readonly asOf?: number;
  readonly lease?: LeaseProof;
  /**
   * Epoch of the image that this was decided on: in another one its revisions mean nothing, and it is STALE_REVISION.
   * Omitted: the epoch that this process knows when it calls.
   */
  readonly epoch?: string;
  /** `token:<key>`, `guard:<key>`, `rollout:<key>` or `system:<what>`. */
  readonly actor: string;
  readonly reason: string;
  readonly idempotency?: Idempotency;
}

/** A document as the log holds it: of a segment all but its lists of keys. */
export type LoggedDocument = Exclude<AnyDocument, Segment> | SegmentHead;

/** Before and after of one document in a change; null = absent. `logged-change.ts` makes whole documents of it. */
export interface DocumentChange {
  readonly kind: Kind;
  readonly key: string;
  readonly before: LoggedDocument | null;
  readonly after: LoggedDocument | null;
  /** Of a segment: what became of its lists, from or to empty ones where it is absent. Older entries have it whole. */
  readonly keys?: SegmentKeyChange;
}

/** One entry of the change log. */
export interface Change {
  readonly revision: number;
  /** Store time, epoch milliseconds. */
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
  readonly documents: readonly DocumentChange[];
  readonly event: ChangeEvent | null;
}

/** What was written under an idempotency key. */
export interface Recalled {
  readonly epoch: string;
  readonly revision: number;
  /** As the commit gave it; null for none. */
  readonly answer: unknown;
}

/** What a commit answers. A commit with neither edits nor event takes no revision and has the present one. */
export interface Committed {
  readonly epoch: string;
  readonly revision: number;
  /** True when this is the remembered answer to an idempotency key. */
  readonly repeated: boolean;
}
