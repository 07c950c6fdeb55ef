/** Which state keys were written since when, by scope; of this process, which is the only one that writes. */
export class TouchedStates {
  readonly #scopes = new Map<string, { latest: number; readonly keys: Map<string, number> }>();

  touch(scope: string, key: string): void {
    const known = this.#scopes.get(scope) ?? { latest: 0, keys: new Map<string, number>() };
    known.latest += 1;
    known.keys.set(key, known.latest);
    this.#scopes.set(scope, known);
  }

  latest(scope: string): number {
    return this.#scopes.get(scope)?.latest ?? 0;
  }

  after(scope: string, touched: number): string[] {
    return [...(this.#scopes.get(scope)?.keys ?? [])].filter(([, at]) => at > touched).map(([key]) => key);
  }
}
