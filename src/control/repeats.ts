/**
 * Which of the failures that come again and again are to be told: each when it first comes and when it changes, then once
 * in `every` ms.
 */
export class Repeats {
  readonly #told = new Map<string, { readonly text: string; readonly at: number }>();

  constructor(private readonly every: number) {}

  /** `now` in ms, of any origin. */
  isNews(key: string, text: string, now: number): boolean {
    const last = this.#told.get(key);
    if (last?.text === text && now - last.at < this.every) return false;
    this.#told.set(key, { text, at: now });
    return true;
  }

  /** It went well: the next failure is news. */
  settled(key: string): void {
    this.#told.delete(key);
  }
}
