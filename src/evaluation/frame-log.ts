const FRAMES = 1_000;
const BYTES = 8 * 1_048_576;

/** The latest deltas of one environment as framed, so that a stream that broke is continued instead of begun anew. */
export class FrameLog {
  #frames: { readonly revision: number; readonly bytes: Buffer }[] = [];
  #size = 0;

  /** `revision` must be one above the last pushed. */
  push(revision: number, bytes: Buffer): void {
    this.#frames.push({ revision, bytes });
    this.#size += bytes.length;
    while (this.#frames.length > FRAMES || (this.#size > BYTES && this.#frames.length > 1)) {
      this.#size -= this.#frames.shift()?.bytes.length ?? 0;
    }
  }

  clear(): void {
    this.#frames = [];
    this.#size = 0;
  }

  /** The frames after `revision` up to `head`, or null where they don't reach back that far or it lies ahead. */
  since(revision: number, head: number): readonly Buffer[] | null {
    if (revision === head) return [];
    const first = this.#frames[0]?.revision ?? head + 1;
    if (revision > head || revision + 1 < first) return null;
    return this.#frames.slice(revision + 1 - first).map(({ bytes }) => bytes);
  }
}
