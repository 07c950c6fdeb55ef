import { CompiledFlag } from './compiled-flag.js';
import { CompiledRoute } from './compiled-route.js';
import { CompiledSegment } from './compiled-segment.js';
import type { Flag } from './flag.js';
import type { Route } from './route.js';
import type { Segment } from './segment.js';
import type { Snapshot } from './snapshot.js';

type Kind = 'flag' | 'segment' | 'route';
type Document = Flag | Segment | Route;
type Lookup = (kind: Kind, key: string) => Document | undefined;

interface Dependency {
  readonly kind: Kind;
  readonly key: string;
  readonly document: Document | undefined;
}

/** A document's compiled form, or the problem that prevents it. */
export interface Entry<T> {
  readonly compiled: T | null;
  readonly problem: string | null;
  /** Everything the compiled form was made of, itself included; a key that was missing counts too. */
  readonly dependencies: ReadonlyMap<string, Dependency>;
}

function byKey<T extends { readonly key: string }>(documents: readonly T[]): ReadonlyMap<string, T> {
  return new Map(documents.map((document) => [document.key, document]));
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Compiles the documents of one snapshot, each on first use and once. Documents that refer to each other in a circle,
 * and all that refer to those, come out as problems; so do documents of unknown shape.
 */
export class Compiler {
  readonly flags = new Map<string, Entry<CompiledFlag>>();
  readonly segments = new Map<string, Entry<CompiledSegment>>();
  readonly routes = new Map<string, Entry<CompiledRoute>>();
  private readonly documents: {
    readonly flag: ReadonlyMap<string, Flag>;
    readonly segment: ReadonlyMap<string, Segment>;
    readonly route: ReadonlyMap<string, Route>;
  };
  /** References now being compiled, the outermost first. */
  private readonly open = new Set<string>();

  constructor(snapshot: Snapshot) {
    this.documents = {
      flag: byKey(snapshot.flags),
      segment: byKey(snapshot.segments),
      route: byKey(snapshot.routes),
    };
  }

  /** Takes over what `previous` has compiled from the very same documents. */
  carryOver(previous: Compiler): void {
    const lookup: Lookup = (kind, key) => this.documents[kind].get(key);
    takeUnchanged(previous.segments, this.segments, lookup);
    takeUnchanged(previous.flags, this.flags, lookup);
    takeUnchanged(previous.routes, this.routes, lookup);
  }

  flag(key: string): Entry<CompiledFlag> | undefined {
    const document = this.documents.flag.get(key);
    if (document === undefined) return undefined;
    return (
      this.flags.get(key) ??
      this.compile(this.flags, { kind: 'flag', key, document }, (dependencies) => {
        const flagOf = (other: string) => this.refer(dependencies, 'flag', other, this.flag(other));
        return new CompiledFlag(document, { flagOf, segmentOf: this.segmentLookup(dependencies) });
      })
    );
  }

  segment(key: string): Entry<CompiledSegment> | undefined {
    const document = this.documents.segment.get(key);
    if (document === undefined) return undefined;
    return (
      this.segments.get(key) ??
      this.compile(
        this.segments,
        { kind: 'segment', key, document },
        (dependencies) => new CompiledSegment(document, this.segmentLookup(dependencies)),
      )
    );
  }

  route(key: string): Entry<CompiledRoute> | undefined {
    const document = this.documents.route.get(key);
    if (document === undefined) return undefined;
    return (
      this.routes.get(key) ??
      this.compile(
        this.routes,
        { kind: 'route', key, document },
        (dependencies) => new CompiledRoute(document, this.segmentLookup(dependencies)),
      )
    );
  }

  private segmentLookup(dependencies: Map<string, Dependency>) {
    return (other: string) => this.refer(dependencies, 'segment', other, this.segment(other));
  }

  /** Notes what a document refers to, and passes a problem of it on. */
  private refer<T>(
    dependencies: Map<string, Dependency>,
    kind: Kind,
    key: string,
    entry: Entry<T> | undefined,
  ): T | undefined {
    if (entry === undefined) dependencies.set(`${kind}/${key}`, { kind, key, document: undefined });
    else for (const [ref, dependency] of entry.dependencies) dependencies.set(ref, dependency);
    if (entry?.compiled === null) throw new TypeError(entry.problem ?? `${kind}/${key} can't be evaluated`);
    return entry?.compiled;
  }

  private compile<T>(
    memo: Map<string, Entry<T>>,
    self: Dependency,
    build: (dependencies: Map<string, Dependency>) => T,
  ): Entry<T> {
    const ref = `${self.kind}/${self.key}`;
    if (this.open.has(ref)) {
      const circle = [...this.open, ref];
      throw new TypeError(`references form a circle: ${circle.slice(circle.indexOf(ref)).join(' → ')}`);
    }
    const dependencies = new Map([[ref, self]]);
    let entry: Entry<T>;
    this.open.add(ref);
    try {
      entry = { compiled: build(dependencies), problem: null, dependencies };
    } catch (error) {
      entry = { compiled: null, problem: describe(error), dependencies };
    } finally {
      this.open.delete(ref);
    }
    memo.set(self.key, entry);
    return entry;
  }
}

function isUnchanged(entry: Entry<unknown>, lookup: Lookup): boolean {
  for (const { kind, key, document } of entry.dependencies.values()) {
    if (lookup(kind, key) !== document) return false;
  }
  return true;
}

/** Problems are not taken over: what they depend on was noted only up to where they arose. */
function takeUnchanged<T>(
  from: ReadonlyMap<string, Entry<T>>,
  into: Map<string, Entry<T>>,
  lookup: Lookup,
): void {
  for (const [key, entry] of from) {
    if (entry.compiled !== null && isUnchanged(entry, lookup)) into.set(key, entry);
  }
}
