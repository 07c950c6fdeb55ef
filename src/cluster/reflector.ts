import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { backOff } from './back-off.js';
import type { Cluster } from './cluster.js';
import { failureText, statusOf } from './cluster-failure.js';
import { type Index, ObjectCache, type ObjectEvent } from './object-cache.js';
import { listAll } from './paged-list.js';
import { Refusal } from './refusal.js';
import { acceptOf, type KubernetesObject, pathOf, type Resource, titleOf } from './resource.js';
import { readWatchEvent, type WatchEvent } from './watch-event.js';
import { Silence, watchLines } from './watch-lines.js';

/** All in ms. */
export interface ReflectorTimes {
  /** First and longest wait after failures; default 200 and 10,000. */
  readonly first: number;
  readonly longest: number;
  /** A list that has expired is read anew within this; default 1,000. */
  readonly spread: number;
  /** A watch that is silent for so long is opened anew; default 90,000. Bookmarks come about once a minute. */
  readonly silence: number;
  /** How long a list may be decided on after its watch broke; default 10,000. */
  readonly patience: number;
  /** After how long the API server is asked to end a watch, at the most; default 600,000. */
  readonly watch: number;
}

export interface ReflectorOptions<T> {
  /** Drops what is not needed of an object, to save memory; name, namespace and resourceVersion are needed. */
  readonly pick?: (object: T) => T;
  /** Under which name objects can be listed without going through all of them. */
  readonly index?: Index<T>;
  readonly logger?: { warn(message: string): void; log(message: string): void };
  readonly times?: Partial<ReflectorTimes>;
  /** In [0, 1); default Math.random. */
  readonly random?: () => number;
  /** Time in ms; default Date.now. */
  readonly now?: () => number;
}

export type ObjectListener<T> = (event: ObjectEvent<T>) => void;

const TIMES: ReflectorTimes = {
  first: 200,
  longest: 10_000,
  spread: 1_000,
  silence: 90_000,
  patience: 10_000,
  watch: 600_000,
};
/** A watch that ends sooner, without a word, is a failure. */
const SHORT = 1_000;
/** A watch that began too late is refused in its first line; one that is silent for so long, ms, is a good one. */
const REFUSED_BY = 250;
/** After so many failures in a row the list is read anew, because going on from where it was may be what fails. */
const FAILURES_TO_RELIST = 3;

/**
 * Holds a copy of a resource: lists it, watches it from there on, and begins anew where it must. It never gives up: what
 * fails is tried again, with growing waits. One watch at a time, however often it is started; it can be stopped at any
 * moment, and started again.
 */
export class Reflector<T extends KubernetesObject> {
  /** Resolves once the first list is there; never rejects. */
  readonly synced: Promise<void>;
  /** Resolves once the first list is there, could not be read once, or is not waited for any more; never rejects. */
  readonly tried: Promise<void>;
  readonly #times: ReflectorTimes;
  readonly #cache: ObjectCache<T>;
  readonly #pick: (object: T) => T;
  readonly #listeners = new Set<ObjectListener<T>>();
  readonly #log: NonNullable<ReflectorOptions<T>['logger']>;
  readonly #random: () => number;
  readonly #now: () => number;
  #isSynced = false;
  #setSynced: () => void = () => undefined;
  #setTried: () => void = () => undefined;
  #run: { readonly stop: AbortController; readonly ended: Promise<void> } | null = null;
  /** Where the watch goes on; null where the list must be read first. */
  #version: string | null = null;
  #failures = 0;
  #brokenSince: number | null = null;
  #failure: string | null = null;

  constructor(
    private readonly cluster: Cluster,
    private readonly resource: Resource,
    options: ReflectorOptions<T> = {},
  ) {
    this.#times = { ...TIMES, ...options.times };
    this.#cache = new ObjectCache(options.index);
    this.#pick = options.pick ?? ((object) => object);
    this.#log = options.logger ?? new Logger(Reflector.name);
    this.#random = options.random ?? Math.random;
    this.#now = options.now ?? Date.now;
    this.synced = new Promise((resolve) => (this.#setSynced = resolve));
    this.tried = new Promise((resolve) => (this.#setTried = resolve));
  }

  /** False before the first list, while stopped, and while the watch is broken for longer than it may be: then nothing may be decided on this list. */
  get fresh(): boolean {
    if (!this.#isSynced || this.#run === null) return false;
    return this.#brokenSince === null || this.#now() - this.#brokenSince < this.#times.patience;
  }

  /** Why it is not fresh, as the API server or the socket said it last; null where nothing has failed since it last went well. */
  get failure(): string | null {
    return this.#failure;
  }

  start(): void {
    if (this.#run !== null) return;
    const stop = new AbortController();
    this.#run = { stop, ended: this.#follow(stop.signal) };
  }

  /** Resolves when nothing of it runs any more; no listener is called after the call. */
  async stop(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    this.#brokenSince ??= this.#now();
    run?.stop.abort();
    this.#setTried();
    await run?.ended;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#cache.get(namespace, name);
  }

  list(): readonly T[] {
    return this.#cache.list();
  }

  /** The objects that the index has under a name. */
  listAt(name: string): readonly T[] {
    return this.#cache.listAt(name);
  }

  /** Calls for each change after the first list; answers the way to stop. What a listener throws is logged, and nothing else. */
  subscribe(listener: ObjectListener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#version === null) await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#setTried();
        await sleep(this.#waitAfter(error), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { items, version } = await listAll<T>(this.cluster, this.resource, {
      signal,
      pick: this.#pick,
    });
    if (signal.aborted) return;
    const events = this.#cache.replace(items);
    this.#version = version;
    this.#isWell();
    if (this.#isSynced) for (const event of events) this.#tell(event, signal);
    this.#isSynced = true;
    this.#setSynced();
    this.#setTried();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const version = this.#version;
    // Not all at one moment, where many began at one.
    const seconds = Math.max(1, Math.round((this.#times.watch * (1 - this.#random() / 2)) / 1_000));
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: version ?? undefined,
      timeoutSeconds: seconds,
      labelSelector: this.resource.labelSelector,
    };
    const stream = await this.cluster.open({
      path: pathOf(this.resource),
      query,
      accept: acceptOf(this.resource, 'watch'),
      signal,
    });
    const opened = this.#now();
    const good = setTimeout(() => this.#isWell(), REFUSED_BY);
    try {
      for await (const line of watchLines(stream, this.#times.silence)) {
        if (signal.aborted) return;
        this.#take(readWatchEvent<T>(line), signal);
      }
    } finally {
      clearTimeout(good);
      // A quiet watch that stood for long was a good one.
      if (this.#now() - opened > this.#times.longest) this.#failures = 0;
    }
    if (this.#version === version && this.#now() - opened < SHORT) throw new Error('the watch ended at once');
  }

  #isWell(): void {
    this.#brokenSince = null;
    this.#failure = null;
  }

  #take(event: WatchEvent<T>, signal: AbortSignal): void {
    this.#version = event.version;
    if (this.#failures > 0) this.#log.log(`${titleOf(this.resource)}: watching again`);
    this.#failures = 0;
    this.#isWell();
    if (event.type === 'bookmark') return;
    const object = this.#pick(event.object);
    const change = event.type === 'put' ? this.#cache.put(object) : this.#cache.remove(object);
    if (change !== null) this.#tell(change, signal);
  }

  #tell(event: ObjectEvent<T>, signal: AbortSignal): void {
    for (const listener of this.#listeners) {
      if (signal.aborted) return;
      try {
        listener(event);
      } catch (error) {
        this.#log.warn(`${titleOf(this.resource)}: a listener failed: ${failureText(error)}`);
      }
    }
  }

  /** Notes a failure, and answers how long to wait, ms. */
  #waitAfter(error: unknown): number {
    this.#brokenSince ??= this.#now() - (error instanceof Silence ? this.#times.silence : 0);
    this.#failures += 1;
    // The first of a row is told; an outage of an hour is one line.
    this.#failure = failureText(error);
    if (this.#failures === 1) this.#log.warn(`${titleOf(this.resource)}: ${this.#failure}`);
    const expired = statusOf(error) === 410;
    if (expired || this.#failures % FAILURES_TO_RELIST === 0) this.#version = null;
    if (expired && this.#failures === 1) return this.#random() * this.#times.spread;
    const asked = error instanceof Refusal ? error.retryAfter : 0;
    return Math.max(asked, backOff(this.#failures, this.#times, this.#random()));
  }
}
