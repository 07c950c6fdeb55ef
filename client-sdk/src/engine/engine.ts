import { Compiler } from './compiler.js';
import type { EvaluationContext } from './context.js';
import { Decision } from './decision.js';
import { explainFlag, explainRoute } from './explain.js';
import { failure } from './resolution-table.js';
import type { Resolution, RouteResolution } from './resolution.js';
import { routeResolution } from './compiled-route.js';
import type { Snapshot } from './snapshot.js';
import type { FlagTrace, RouteTrace } from './trace.js';

const FLAG_NOT_FOUND = Decision.constant(failure('FLAG_NOT_FOUND', 'There is no flag of this key.'));
const FAILED = failure('GENERAL', 'The evaluation failed unexpectedly.');

/**
 * One snapshot, ready to evaluate. Synchronous, without I/O; documents are compiled on first use. Contexts are read
 * by own properties only and are never changed or kept.
 */
export class Engine {
  private readonly compiler: Compiler;
  /** How to answer each flag asked for so far. */
  private readonly decisions = new Map<string, Decision<Resolution>>();
  /** The same in the snapshot's order, once all were asked for. */
  private all: readonly Decision<Resolution>[] | undefined;

  /** Made by `compile`. */
  constructor(
    readonly snapshot: Snapshot,
    previous?: Engine,
  ) {
    this.compiler = new Compiler(snapshot);
    if (previous !== undefined) this.compiler.carryOver(previous.compiler);
  }

  /**
   * Decides a flag. Never throws: an unknown flag is FLAG_NOT_FOUND, a flag that can't be evaluated (a variant that
   * doesn't exist, prerequisites in a circle, an operator of a later version) GENERAL, both with reason ERROR and no
   * value. The answer is frozen and shared, its value deep-frozen; nothing is allocated.
   */
  evaluate(flagKey: string, context: EvaluationContext): Resolution {
    return answer(this.decisions.get(flagKey) ?? this.prepare(flagKey), context);
  }

  /**
   * Decides all flags, as `evaluate` does each: the answers in the order of `snapshot.flags`, in `into` (a new list by
   * default), which is cut to their number. With a list of that length nothing is allocated.
   */
  evaluateAll(context: EvaluationContext, into: Resolution[] = []): Resolution[] {
    const all = (this.all ??= this.snapshot.flags.map(({ key }) => this.prepare(key)));
    for (let index = 0; index < all.length; index++)
      into[index] = answer(all[index] as Decision<Resolution>, context);
    into.length = all.length;
    return into;
  }

  /**
   * Decides a route: closed, then rules, then default. Undefined for an unknown route. A route that can't be evaluated
   * answers its default with reason ERROR.
   */
  evaluateRoute(routeKey: string, context: EvaluationContext): RouteResolution | undefined {
    const entry = this.compiler.route(routeKey);
    if (entry?.compiled) return entry.compiled.resolve(context);
    const route = this.snapshot.routes.find((candidate) => candidate.key === routeKey);
    return route && routeResolution(route.default, 'ERROR');
  }

  /** Whether the context belongs to a segment; nobody belongs to an unknown one. */
  isMember(segmentKey: string, context: EvaluationContext): boolean {
    return this.compiler.segment(segmentKey)?.compiled?.hasMember(context) ?? false;
  }

  /** The bucket, an integer in [0, 10000), that a route's splits go by; null without a usable key or route. */
  bucketOfRoute(routeKey: string, context: EvaluationContext): number | null {
    const bucket = this.compiler.route(routeKey)?.compiled?.bucketer.bucketOf(context) ?? -1;
    return bucket < 0 ? null : bucket;
  }

  /** How `evaluate` comes to its answer, step by step. For people, not for the hot path. */
  explainFlag(flagKey: string, context: EvaluationContext): FlagTrace {
    const compiled = this.compiler.flag(flagKey)?.compiled;
    if (compiled) return { flag: flagKey, ...explainFlag(compiled, context) };
    const resolution = this.evaluate(flagKey, context);
    return { flag: flagKey, steps: [{ step: 'error', message: resolution.errorMessage ?? '' }], resolution };
  }

  /** How `evaluateRoute` comes to its answer, step by step. */
  explainRoute(routeKey: string, context: EvaluationContext): RouteTrace {
    const base = { route: routeKey, bucket: this.bucketOfRoute(routeKey, context) };
    const entry = this.compiler.route(routeKey);
    if (entry?.compiled) return { ...base, ...explainRoute(entry.compiled, context) };
    const message = entry === undefined ? 'There is no route of this key.' : (entry.problem ?? '');
    return {
      ...base,
      steps: [{ step: 'error', message }],
      resolution: this.evaluateRoute(routeKey, context),
    };
  }

  /** Compiles a flag on first use. Unknown keys are not remembered: there is no end to them. */
  private prepare(flagKey: string): Decision<Resolution> {
    const known = this.decisions.get(flagKey);
    if (known !== undefined) return known;
    try {
      const entry = this.compiler.flag(flagKey);
      if (entry === undefined) return FLAG_NOT_FOUND;
      const decision = entry.compiled?.decision ?? broken(flagKey, entry.problem);
      this.decisions.set(flagKey, decision);
      return decision;
    } catch {
      return Decision.constant(FAILED);
    }
  }
}

function answer(decision: Decision<Resolution>, context: EvaluationContext): Resolution {
  try {
    return decision.of(context);
  } catch {
    return FAILED;
  }
}

function broken(flagKey: string, problem: string | null): Decision<Resolution> {
  return Decision.constant(
    failure('GENERAL', `Flag ${flagKey} can't be evaluated: ${problem ?? 'unknown'}.`),
  );
}

/**
 * Makes a snapshot ready to evaluate. With the `previous` engine, whatever was compiled from the very same document
 * objects (`===`), and refers to nothing that changed, is taken over with its resolutions. Flag values in the snapshot
 * are frozen in place.
 */
export function compile(snapshot: Snapshot, previous?: Engine): Engine {
  return new Engine(snapshot, previous);
}
