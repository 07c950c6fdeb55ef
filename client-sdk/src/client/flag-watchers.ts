import type { Engine, EvaluationContext, Flag, Json, Snapshot } from '../engine/index.js';
import { type Documents, documentsBehind } from './documents-behind.js';
import { sameJson } from './same-json.js';

/** A flag answers something else for a context. `undefined` = no value: the caller's default counts. */
export interface ValueChange {
  readonly flag: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** A flag's document, or one that it goes by, is another. */
export interface DocumentChange {
  readonly flag: string;
  /** The flag itself; undefined where there was or is none. */
  readonly before: Flag | undefined;
  readonly after: Flag | undefined;
  /** What changed: `flag/<key>` of the flag and its prerequisites, `segment/<key>` of the segments they name. */
  readonly changed: readonly string[];
}

interface Watcher {
  /** Takes what is shown now, and tells where it matters. */
  look(engine: Engine | undefined, documents: () => Documents): void;
}

/** Who wants to know of single flags. `tell` calls a listener and never throws. */
export class FlagWatchers {
  readonly #watchers = new Set<Watcher>();
  readonly #tell: <T>(listener: (payload: T) => void, payload: T) => void;
  #engine: Engine | undefined;

  constructor(tell: <T>(listener: (payload: T) => void, payload: T) => void) {
    this.#tell = tell;
  }

  /** Returns how to stop. `context` is whole and stays as it is. */
  watchValue(flag: string, context: EvaluationContext, listener: (change: ValueChange) => void): () => void {
    const valueIn = (engine: Engine | undefined) => engine?.evaluate(flag, context).value;
    let last = valueIn(this.#engine);
    return this.#add({
      look: (engine) => {
        const [before, after] = [last, valueIn(engine)];
        if (isSameValue(before, after)) return;
        last = after;
        this.#tell(listener, { flag, before, after });
      },
    });
  }

  /** Returns how to stop. */
  watchDocument(flag: string, listener: (change: DocumentChange) => void): () => void {
    let last = documentsBehind(flag, documentsOf(this.#engine?.snapshot));
    return this.#add({
      look: (_, documents) => {
        const [before, after] = [last, documentsBehind(flag, documents())];
        const refs = new Set([...before.keys(), ...after.keys()]);
        const changed = [...refs].filter((ref) => before.get(ref) !== after.get(ref)).sort();
        if (changed.length === 0) return;
        last = after;
        const self = `flag/${flag}`;
        const change = { before: before.get(self) as Flag, after: after.get(self) as Flag };
        this.#tell(listener, { flag, ...change, changed });
      },
    });
  }

  /** A new configuration is shown. Documents that did not change must be the same objects as before. */
  show(engine: Engine): void {
    this.#engine = engine;
    let found: Documents | undefined;
    const documents = (): Documents => (found ??= documentsOf(engine.snapshot));
    for (const watcher of this.#watchers) watcher.look(engine, documents);
  }

  #add(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

function isSameValue(before: Json | undefined, after: Json | undefined): boolean {
  try {
    return sameJson(before, after);
  } catch {
    return false;
  }
}

function documentsOf({ flags = [], segments = [] }: Partial<Snapshot> = {}): Documents {
  return {
    flags: new Map(flags.map((flag) => [flag.key, flag])),
    segments: new Map(segments.map((segment) => [segment.key, segment])),
  };
}
