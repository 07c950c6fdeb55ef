import type { Admin } from './admin.js';
import { tell } from './log.js';

interface Change {
  readonly revision: number;
  readonly actor: string;
  readonly reason: string;
  readonly event: { readonly kind: string; readonly evidence: Record<string, unknown> } | null;
  readonly documents: readonly { readonly kind: string; readonly key: string }[];
}

const QUERY = `query { history(environment: "production", first: 20) {
  changes { revision actor reason event { kind evidence } documents { kind key } }
} }`;

/** Reads the change log as it grows, tells each change, and lets others wait for an event. */
export class Follower {
  readonly #seen: Change[] = [];
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly admin: Admin) {}

  /** The kinds of the events so far, oldest first. */
  get events(): readonly string[] {
    return this.#seen.flatMap(({ event }) => (event === null ? [] : [event.kind]));
  }

  start(): void {
    this.#timer = setInterval(() => void this.#read().catch(() => undefined), 250);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Waits until `wanted` events of a kind have been told; rejects after `seconds`. */
  async until(kind: string, wanted: number, seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1_000;
    while (this.events.filter((event) => event === kind).length < wanted) {
      if (Date.now() > deadline) throw new Error(`no "${kind}" within ${seconds} s`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #read(): Promise<void> {
    const { changes } = await this.admin.run<{ changes: readonly Change[] }>(QUERY);
    for (const change of changes.toReversed().filter(({ revision }) => revision > this.#last)) {
      this.#last = change.revision;
      this.#seen.push(change);
      tell('history', describe(change));
    }
  }
}

function describe({ revision, actor, reason, event, documents }: Change): string {
  const what = documents.map(({ kind, key }) => ` ${kind}/${key}`).join(' +');
  return `#${revision} ${actor}: ${event === null ? 'wrote' : event.kind}${what}: ${reason}`;
}
