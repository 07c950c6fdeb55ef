import type { EvaluationContext, Json } from '../engine/index.js';
import type { Answers } from './answers.js';
import { type Details, kindOf, type ValueKind } from './details.js';
import type { Evaluation } from './evaluation.js';
import type { Hook, HookCall, HookStage } from './hook.js';
import { mergeContexts } from './merge-contexts.js';
import type { PrivateAttributes } from './private-attributes.js';
import { isThenable, onRejection } from './rejection.js';
import type { RouteHeaders } from './route-headers.js';

/** Told of what a hook threw; `name` as the hook calls itself. */
export type HookFailure = (error: unknown, stage: HookStage, name: string) => void;

/** Answers with hooks run around them. */
export class HookedAnswers implements Answers {
  readonly #inner: Evaluation;
  readonly #hooks: readonly Hook[];
  readonly #reversed: readonly Hook[];
  readonly #hidden: PrivateAttributes;
  readonly #onFailure: HookFailure;
  /** Whether a hook is running: what it evaluates itself must not call it again. */
  #inside = false;

  constructor(
    inner: Evaluation,
    hooks: readonly Hook[],
    { hidden, onFailure }: { readonly hidden: PrivateAttributes; readonly onFailure: HookFailure },
  ) {
    this.#inner = inner;
    this.#hooks = hooks;
    this.#reversed = hooks.toReversed();
    this.#hidden = hidden;
    this.#onFailure = onFailure;
  }

  value<T>(key: string, context: EvaluationContext, kind: ValueKind, fallback: T): T {
    return this.#evaluate(key, context, kind, fallback).value as T;
  }

  details(key: string, context: EvaluationContext, fallback: Json): Details {
    return this.#evaluate(key, context, kindOf(fallback), fallback);
  }

  track(event: string, context: EvaluationContext, value: number): void {
    if (!this.#inside) {
      const call = Object.freeze({ event, value, context: this.#hidden.without(context) });
      for (const hook of this.#hooks) this.#run(hook, 'tracked', () => hook.tracked?.(call));
    }
    this.#inner.track(event, context, value);
  }

  routeHeaders(context: EvaluationContext): RouteHeaders {
    return this.#inner.routeHeaders(context);
  }

  #evaluate(
    flag: string,
    context: EvaluationContext,
    kind: ValueKind | undefined,
    fallback: unknown,
  ): Details {
    if (this.#inside) return this.#inner.detailsOf(flag, context, kind, fallback);
    const call = { flag, kind: kind ?? null, fallback, context: this.#hidden.without(context) };
    const whole = this.#before(call, context);
    const details = Object.freeze(this.#inner.detailsOf(flag, whole, kind, fallback));
    const outcome = details.errorCode === undefined ? 'after' : 'error';
    for (const stage of [outcome, 'finally'] as const) {
      for (const hook of this.#reversed) this.#run(hook, stage, () => hook[stage]?.(call, details));
    }
    return details;
  }

  /** The context with what the hooks add to it. */
  #before(call: { context: EvaluationContext } & HookCall, context: EvaluationContext): EvaluationContext {
    let whole = context;
    for (const hook of this.#hooks) {
      const added = this.#run(hook, 'before', () => hook.before?.(call));
      if (typeof added !== 'object' || added === null || isThenable(added)) continue;
      whole = mergeContexts(whole, added);
      call.context = this.#hidden.without(whole);
    }
    return whole;
  }

  #run<T>(hook: Hook, stage: HookStage, act: () => T): T | undefined {
    this.#inside = true;
    try {
      const result: unknown = act();
      onRejection(result, (error) => this.#fail(error, stage, hook));
      return result as T;
    } catch (error) {
      this.#fail(error, stage, hook);
      return undefined;
    } finally {
      this.#inside = false;
    }
  }

  #fail(error: unknown, stage: HookStage, hook: Hook): void {
    this.#onFailure(error, stage, nameOf(hook));
  }
}

/** Even a name may be a getter that throws, and no hook may fail an evaluation. */
function nameOf(hook: Hook): string {
  try {
    const { name } = hook;
    return typeof name === 'string' ? name : 'without a name';
  } catch {
    return 'without a name';
  }
}
