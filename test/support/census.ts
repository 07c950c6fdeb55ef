import { readFileSync } from 'node:fs';
import type { RouteHeaders, TidegateClient } from '@tidegate/sdk';
import { FLAG } from './checkout.js';
import { MeshFile } from './mesh-file.js';

/** Somebody who comes to the shop; employees are known by what the shop's login has checked. */
export interface User {
  readonly id: string;
  readonly employee: boolean;
}

export function contextOf({ id, employee }: User): { readonly [attribute: string]: unknown } {
  return employee ? { targetingKey: id, verified: { groups: ['employees'] } } : { targetingKey: id };
}

export function makeUsers(employees: number, customers: number): readonly User[] {
  const make = (name: string, count: number, employee: boolean): User[] =>
    Array.from({ length: count }, (_, index) => ({ id: `${name}-${index}`, employee }));
  return [...make('employee', employees, true), ...make('customer', customers, false)];
}

/**
 * Writes down who gets the new arm each time that changes: in the SDK at each revision that reaches it, and by the
 * written YAML at each revision it was made from. Nothing depends on when a test looks.
 */
export class Census {
  readonly #headers = new Map<number, ReadonlyMap<string, RouteHeaders>>();
  readonly #sdk = new Map<number, ReadonlySet<string>>();
  readonly #yaml = new Map<number, MeshFile>();
  readonly #timer: NodeJS.Timeout;
  readonly #unlisten: () => void;
  #text = '';
  #file: MeshFile | undefined;

  constructor(
    private readonly client: TidegateClient,
    private readonly path: string,
    readonly users: readonly User[],
  ) {
    this.#unlisten = client.on('change', ({ revision }) => this.#count(revision));
    this.#timer = setInterval(() => this.#read(), 20);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unlisten();
  }

  /** Who had the flag on, by the SDK, from this revision on. */
  sdk(revision: number): ReadonlySet<string> {
    return found(this.#sdk, revision, 'the SDK');
  }

  /** Who was sent to v2 by the YAML of this revision, with the headers that the SDK gave at it. */
  mesh(revision: number): ReadonlySet<string> {
    const file = this.file(revision);
    const headers = found(this.#headers, revision, 'the SDK');
    return this.#idsOf(({ id }) => file.version('mesh', { headers: { ...headers.get(id) } }) === 'v2');
  }

  /** Where a user goes at this moment; undefined while nothing is written yet. */
  versionOf(user: User): string | undefined {
    return this.#file?.version('mesh', { headers: { ...this.client.routeHeaders(contextOf(user)) } });
  }

  /** The YAML that was made from this revision. */
  file(revision: number): MeshFile {
    return found(this.#yaml, revision, 'the YAML');
  }

  #count(revision: number): void {
    this.#headers.set(
      revision,
      new Map(this.users.map((user) => [user.id, this.client.routeHeaders(contextOf(user))])),
    );
    this.#sdk.set(
      revision,
      this.#idsOf((user) => this.client.details(FLAG, contextOf(user), false).value),
    );
  }

  #read(): void {
    const text = readText(this.path);
    if (text === '' || text === this.#text) return;
    this.#text = text;
    this.#file = new MeshFile(text);
    this.#yaml.set(this.#file.revision, this.#file);
  }

  #idsOf(test: (user: User) => boolean): ReadonlySet<string> {
    return new Set(this.users.filter(test).map(({ id }) => id));
  }
}

function found<T>(map: ReadonlyMap<number, T>, revision: number, who: string): T {
  const value = map.get(revision);
  if (value === undefined) {
    throw new Error(`${who} never stood at revision ${revision}, only at ${[...map.keys()].join(', ')}`);
  }
  return value;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
