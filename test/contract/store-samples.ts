import type { Flag } from '@tidegate/sdk/engine';
import type { Change, Commit } from '../../src/domain/change.js';
import { ref, type Edit, type Ref } from '../../src/domain/documents.js';
import type { Image } from '../../src/domain/image.js';
import type { Cursor, Store, Watcher } from '../../src/ports/store.js';
import { sampleFlag } from '../support/sample-documents.js';

export function flagEdit(key: string, change: Partial<Flag> = {}): Edit {
  return { kind: 'flag', key, value: sampleFlag(key, change) };
}

/** A commit of `edits` by `token:ada`; documents not named in `expected` are expected to be new. */
export function commitOf(edits: readonly Edit[], change: Partial<Commit> = {}): Commit {
  const expected = Object.fromEntries(edits.map(({ kind, key }) => [ref(kind, key), 0])) as Record<
    Ref,
    number
  >;
  return {
    edits,
    actor: 'token:ada',
    reason: 'a test',
    ...change,
    expected: { ...expected, ...change.expected },
  };
}

/** What a watcher was told, in order. */
export class Recorder implements Watcher {
  readonly changes: Change[] = [];
  readonly images: Image[] = [];
  readonly resets: Image[] = [];
  readonly stateKeys: string[] = [];
  readonly connections: boolean[] = [];
  image: Image | null = null;

  change(change: Change, image: Image): void {
    this.changes.push(change);
    this.images.push(image);
    this.image = image;
  }

  reset(image: Image): void {
    this.resets.push(image);
    this.image = image;
  }

  state(key: string, image: Image): void {
    this.stateKeys.push(key);
    this.image = image;
  }

  connected(connected: boolean): void {
    this.connections.push(connected);
  }

  get revisions(): number[] {
    return this.changes.map(({ revision }) => revision);
  }
}

export async function record(store: Store, scope: string, from: Cursor | null): Promise<Recorder> {
  const recorder = new Recorder();
  await store.watch(scope, from, recorder);
  return recorder;
}

/** Waits until `holds`; throws with `what` after `within` ms. */
export async function until(what: string, holds: () => unknown, within = 20_000): Promise<void> {
  const end = Date.now() + within;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What an image tells, by name, however its layers came about. */
export function contentOf({ scope, epoch, revision, documents, states }: Image) {
  return {
    scope,
    epoch,
    revision,
    documents: Object.fromEntries([...documents.all()].map((one) => [ref(one.kind, one.key), one])),
    states: Object.fromEntries(states),
  };
}
