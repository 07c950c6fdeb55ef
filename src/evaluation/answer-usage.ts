import { randomUUID } from 'node:crypto';
import { Usage } from '@tidegate/sdk/engine';
import type { CountBatch, Evaluations, Store } from '../ports/store.js';
import type { FlagAnswers } from './flag-answers.js';

/**
 * Counts what OpenFeature clients were answered over OFREP, in memory, and brings it to the store from time to time as
 * usage. It is no exposure for guards: a bulk answer holds every flag, whether or not the application uses it, and clients
 * may report events themselves.
 */
export class AnswerUsage {
  readonly answered = new Usage();
  readonly #client = randomUUID();
  #sequence = 0;
  #pending: CountBatch | null = null;

  /** Brings what was counted to the store. Rejects where it can't: what is counted by then is tried again next time. */
  async flush(store: Store, environment: string, answers: FlagAnswers): Promise<void> {
    this.#pending ??= this.#batch(answers);
    if (this.#pending === null) return;
    await store.addCounts(environment, this.#pending);
    this.#pending = null;
  }

  #batch(answers: FlagAnswers): CountBatch | null {
    const evaluations = new Map<string, Evaluations>();
    for (const { flag, variant, count } of this.answered.drain()) {
      if (variant === null || answers.flag(flag) === undefined) continue;
      const name = `${flag}|${variant}`;
      evaluations.set(name, { flag, variant, count: (evaluations.get(name)?.count ?? 0) + count });
    }
    if (evaluations.size === 0) return null;
    this.#sequence += 1;
    return {
      client: this.#client,
      sequence: this.#sequence,
      counts: [],
      evaluations: [...evaluations.values()],
    };
  }
}
