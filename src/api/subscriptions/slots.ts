/** Counts what each token has open, up to a limit. */
export class Slots {
  readonly #open = new Map<string, number>();

  /** `limit`: the most that one token may have open; 0 = no limit. */
  constructor(readonly limit: number) {}

  /** Takes one for a token (its key) and returns how to give it back, which counts once; null where it has them all. */
  take(token: string): (() => void) | null {
    const open = this.#open.get(token) ?? 0;
    if (this.limit > 0 && open >= this.limit) return null;
    this.#open.set(token, open + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const left = (this.#open.get(token) ?? 1) - 1;
      if (left === 0) this.#open.delete(token);
      else this.#open.set(token, left);
    };
  }
}
