import { compile, type Engine, type Route } from '@tidegate/sdk/engine';
import type { IdentityVerifier } from '../auth/identity-verifier.js';
import type { Change } from '../domain/change.js';
import type { Identity } from '../domain/environment.js';
import type { Image } from '../domain/image.js';
import type { Watcher } from '../ports/store.js';
import { toldSegments } from './told-segments.js';

/** All that decisions for one environment need, at one revision. Replaced whole. */
export interface EdgeView {
  readonly environment: string;
  readonly engine: Engine;
  readonly routes: readonly Route[];
  /** Those that are told of, where they hold. */
  readonly segments: readonly string[];
  /** Who checks users' tokens, or null where the environment has no identity setting. */
  readonly verifier: IdentityVerifier | null;
  /** The cookie that may hold a user's token. */
  readonly tokenCookie: string | null;
}

/** Kinds of document that decisions of the edge go by. */
const KINDS: ReadonlySet<string> = new Set(['segment', 'route', 'settings']);

/** One environment as the edge needs it, kept by watching the store; while the store is away it stays as it is. */
export class EdgeEnvironment implements Watcher {
  readonly #makeVerifier: (identity: Identity) => IdentityVerifier;
  readonly #changed: () => void;
  #view: EdgeView | undefined;
  #identity = 'null';

  /** `changed` is told when there is another view. */
  constructor(makeVerifier: (identity: Identity) => IdentityVerifier, changed: () => void) {
    this.#makeVerifier = makeVerifier;
    this.#changed = changed;
  }

  /** Undefined until the first image has come. */
  get view(): EdgeView | undefined {
    return this.#view;
  }

  reset(image: Image): void {
    const { documents, scope: environment, epoch, revision } = image;
    const segments = documents.list('segment').map(({ value }) => value);
    const routes = documents.list('route').map(({ value }) => value);
    const snapshot = { environment, epoch, revision, flags: [], segments, routes, events: {} };
    const identity = documents.value('settings', 'environment')?.identity ?? null;
    this.#view = {
      environment,
      engine: compile(snapshot, this.#view?.engine),
      routes,
      segments: toldSegments(snapshot),
      verifier: this.#verifierFor(identity),
      tokenCookie: identity?.cookie ?? null,
    };
    this.#changed();
  }

  change({ documents }: Change, image: Image): void {
    if (this.#view === undefined || documents.some(({ kind }) => KINDS.has(kind))) this.reset(image);
  }

  /** The same as before for the same setting, with all that it remembers. */
  #verifierFor(identity: Identity | null): IdentityVerifier | null {
    const text = JSON.stringify(identity);
    if (text === this.#identity) return this.#view?.verifier ?? null;
    this.#identity = text;
    if (identity === null) return null;
    const verifier = this.#makeVerifier(identity);
    void verifier.warm();
    return verifier;
  }
}
