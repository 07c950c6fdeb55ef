import { Compiler } from './compiler.js';
import type { Entry } from './compiler.js';
import type { CompiledFlag } from './compiled-flag.js';
import type { EvaluationContext } from './context.js';
import { explainFlag, explainRoute } from './explain.js';
import { failure } from './resolution-table.js';
import type { Resolution, RouteResolution } from './resolution.js';
import { routeResolution } from './compiled-route.js';
import type { Snapshot } from './snapshot.js';
import type { FlagTrace, RouteTrace } from './trace.js';

const FLAG_NOT_FOUND = failure('FLAG_NOT_FOUND', 'There is no flag of this key.');
const FAILED = failure('GENERAL', 'The evaluation failed unexpectedly.');

/**
 * One snapshot, ready to evaluate. Synchronous, without I/O; documents are compiled on first use. Contexts are read
 * by own properties only and are never changed or kept.
 */
export class Engine {
  private readonly compiler: Compiler;
  private readonly flags: ReadonlyMap<string, Entry<CompiledFlag>>;
  private readonly failures = new Map<string, Resolution>();

  /** Made by `compile`. */
  constructor(
    readonly snapshot: Snapshot,
    previous?: Engine,
  ) {
    this.compiler = new Compiler(snapshot);
    this.flags = this.compiler.flags;
    if (previous !== undefined) this.compiler.carryOver(previous.compiler);
  }

  /**
   * Decides a flag. Never throws: an unknown flag is FLAG_NOT_FOUND, a flag that can't be evaluated (a variant that
   * doesn't exist, prerequisites in a circle, an operator of a later version) GENERAL, both with reason ERROR and no
   * value. The answer is frozen and shared, its value deep-frozen; nothing is allocated.
   */
  evaluate(flagKey: string, context: EvaluationContext): Resolution {
    try {
      const entry = this.flags.get(flagKey) ?? this.compiler.flag(flagKey);
      if (entry === undefined) return FLAG_NOT_FOUND;
      return entry.compiled === null ? this.broken(flagKey, entry.problem) : entry.compiled.resolve(context);
    } catch {
      return FAILED;
    }
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

  private broken(flagKey: string, problem: string | null): Resolution {
    const known = this.failures.get(flagKey);
    if (known !== undefined) return known;
    const made = failure('GENERAL', `Flag ${flagKey} can't be evaluated: ${problem ?? 'unknown'}.`);
    this.failures.set(flagKey, made);
    return made;
  }
}

/**
 * Makes a snapshot ready to evaluate. With the `previous` engine, whatever was compiled from the very same document
 * objects (`===`), and refers to nothing that changed, is taken over with its resolutions. Flag values in the snapshot
 * are frozen in place.
 */
export function compile(snapshot: Snapshot, previous?: Engine): Engine {
  return new Engine(snapshot, previous);
}
