import { compile, type Engine, type Route } from '@tidegate/sdk/engine';
import type { IdentityVerifier } from '../auth/identity-verifier.js';
import type { Change } from '../domain/change.js';
import type { Identity, Settings, Visitors } from '../domain/environment.js';
import type { Image } from '../domain/image.js';
import type { Watcher } from '../ports/store.js';
import { toldSegments } from './told-segments.js';
import type { VisitorIds } from './visitor-ids.js';

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
  /** Who knows anonymous browsers; null where the environment does not, or its secret is not there. */
  readonly visitorIds: VisitorIds | null;
}

/** What the edge makes of the settings of an environment. */
export interface Makers {
  readonly verifier: (identity: Identity) => IdentityVerifier;
  /** Null where the secret is not there. */
  readonly visitorIds: (environment: string, visitors: Visitors) => Promise<VisitorIds | null>;
}

/** Milliseconds until a secret that was not there is looked for again. */
const LOOK_AGAIN = 5_000;

const NO_SETTINGS: Pick<Settings, 'identity' | 'visitors'> = { identity: null, visitors: null };
/** Kinds of document that decisions of the edge go by. */
const KINDS: ReadonlySet<string> = new Set(['segment', 'route', 'settings']);

/** One environment as the edge needs it, kept by watching the store; while the store is away it stays as it is. */
export class EdgeEnvironment implements Watcher {
  readonly #make: Makers;
  readonly #changed: () => void;
  #view: EdgeView | undefined;
  #identity = 'null';
  #visitors = 'null';
  #timer: NodeJS.Timeout | undefined;

  /** `changed` is told when there is another view. */
  constructor(make: Makers, changed: () => void) {
    this.#make = make;
    this.#changed = changed;
  }

  /** Undefined until the first image has come. */
  get view(): EdgeView | undefined {
    return this.#view;
  }

  reset({ documents, scope: environment, epoch, revision }: Image): void {
    const segments = documents.list('segment').map(({ value }) => value);
    const routes = documents.list('route').map(({ value }) => value);
    const snapshot = { environment, epoch, revision, flags: [], segments, routes, events: {} };
    const { identity, visitors } = documents.value('settings', 'environment') ?? NO_SETTINGS;
    const standing = this.#view;
    const isKnown = JSON.stringify(visitors) === this.#visitors;
    this.#view = {
      environment,
      engine: compile(snapshot, standing?.engine),
      routes,
      segments: toldSegments(snapshot),
      verifier: this.#verifierFor(identity),
      tokenCookie: identity?.cookie ?? null,
      // Browsers stay known by the setting before until the secrets of the new one have been read.
      visitorIds: visitors === null ? null : (standing?.visitorIds ?? null),
    };
    this.#changed();
    if (!isKnown) this.#follow(environment, visitors);
  }

  change({ documents }: Change, image: Image): void {
    if (this.#view === undefined || documents.some(({ kind }) => KINDS.has(kind))) this.reset(image);
  }

  /** No longer looks for what is not there. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#visitors = '';
  }

  /** The same as before for the same setting, with all that it remembers. */
  #verifierFor(identity: Identity | null): IdentityVerifier | null {
    const text = JSON.stringify(identity);
    if (text === this.#identity) return this.#view?.verifier ?? null;
    this.#identity = text;
    if (identity === null) return null;
    const verifier = this.#make.verifier(identity);
    void verifier.warm();
    return verifier;
  }

  #follow(environment: string, visitors: Visitors | null): void {
    clearTimeout(this.#timer);
    this.#visitors = JSON.stringify(visitors);
    if (visitors !== null) void this.#findSecrets(environment, visitors);
  }

  /** Where they are not there nobody is known by a cookie. */
  async #findSecrets(environment: string, visitors: Visitors): Promise<void> {
    const visitorIds = await this.#make.visitorIds(environment, visitors);
    if (this.#view === undefined || this.#visitors !== JSON.stringify(visitors)) return;
    const isSame = visitorIds === this.#view.visitorIds;
    if (visitorIds === null) {
      this.#timer = setTimeout(() => void this.#findSecrets(environment, visitors), LOOK_AGAIN).unref();
    }
    if (isSame) return;
    this.#view = { ...this.#view, visitorIds };
    this.#changed();
  }
}
