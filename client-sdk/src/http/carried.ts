import type { RouteHeaders } from '../client/index.js';
import type { EvaluationContext } from '../engine/index.js';
import { contextOf, type Decision } from './decision.js';
import { NOTHING, readWireForm, type WireForm, writeWireForm } from './wire-form.js';

/** The decision that one request carries. */
export class Carried {
  #decision: Decision;
  #context: EvaluationContext | undefined;

  constructor(decision: Decision) {
    this.#decision = decision;
  }

  get decision(): Decision {
    return this.#decision;
  }

  /** For `forContext` and the getters of the client. */
  get context(): EvaluationContext {
    this.#context ??= Object.freeze(contextOf(this.#decision));
    return this.#context;
  }

  /** As it goes out. */
  get form(): WireForm {
    return writeWireForm(this.#decision);
  }

  /**
   * Takes the place of what came in: for the service that knows its user first, and has no edge before it. `headers` are
   * what `routeHeaders` says of the same context.
   */
  decide(context: EvaluationContext, headers: RouteHeaders): void {
    const { targetingKey } = context;
    const { buckets, segments } = readWireForm({
      ...NOTHING,
      buckets: headers['x-tg-b'],
      segments: headers['x-tg-s'],
    });
    const isKey = typeof targetingKey === 'string' && targetingKey !== '';
    this.#decision = { targetingKey: isKey ? targetingKey : null, buckets, segments };
    this.#context = undefined;
  }
}
