import type { Engine, EvaluationContext, Json, Resolution } from '../engine/index.js';
import type { Answers } from './answers.js';
import {
  type Details,
  isOfKind,
  kindOf,
  mismatch,
  NOT_READY,
  type ValueKind,
  withDefault,
} from './details.js';
import type { Ledger } from './ledger.js';
import type { UnitBook } from './unit-book.js';
import { NO_PARTS, type RouteHeaders, type RouteParts, writeRouteHeaders } from './route-headers.js';

/** The engine of the day and the counts: what a client and all that are bound to a context share. */
export class Evaluation implements Answers {
  engine: Engine | undefined;
  /** What route headers tell of. */
  routeParts: RouteParts = NO_PARTS;
  /** False once nobody takes the counts any more. */
  counting = true;

  /** Null while no split is watched. */
  #units: UnitBook | null = null;

  constructor(
    readonly ledger: Ledger,
    readonly units: UnitBook,
  ) {}

  /** Answers from another engine. */
  show(engine: Engine): void {
    this.engine = engine;
    this.units.show(engine.snapshot);
    this.#units = this.units.watching ? this.units : null;
  }

  value<T>(key: string, context: EvaluationContext, kind: ValueKind, fallback: T): T {
    const resolution = this.#resolve(key, context);
    if (!isOfKind(resolution.value, kind)) return fallback;
    if (this.counting) this.#count(key, resolution, context);
    return resolution.value as T;
  }

  details(key: string, context: EvaluationContext, fallback: Json): Details {
    return this.detailsOf(key, context, kindOf(fallback), fallback);
  }

  /** As `value`, and why; any kind will do where `kind` is undefined. */
  detailsOf(
    key: string,
    context: EvaluationContext,
    kind: ValueKind | undefined,
    fallback: unknown,
  ): Details {
    const resolution = this.#resolve(key, context);
    if (resolution.value === undefined) return withDefault(resolution, fallback as Json);
    if (kind !== undefined && !isOfKind(resolution.value, kind)) return mismatch(key, kind, fallback as Json);
    if (this.counting) this.#count(key, resolution, context);
    return resolution as Details;
  }

  track(event: string, context: EvaluationContext, value: number): void {
    const { engine } = this;
    if (engine === undefined || !this.counting || !Number.isFinite(value)) return;
    const { events } = engine.snapshot;
    if (typeof event !== 'string' || !Object.hasOwn(events, event)) return;
    const subject = context ?? {};
    for (const flag of events[event] ?? []) {
      const resolution = engine.evaluate(flag, subject);
      this.ledger.track(event, flag, resolution, value);
      this.#units?.tracked(event, resolution, subject);
    }
  }

  routeHeaders(context: EvaluationContext): RouteHeaders {
    if (this.engine === undefined) return { 'x-tg-b': '', 'x-tg-s': '' };
    return writeRouteHeaders(this.engine, this.routeParts, context ?? {});
  }

  #count(key: string, resolution: Resolution, context: EvaluationContext): void {
    this.ledger.exposed(key, resolution);
    if (this.#units !== null) this.#units.exposed(resolution, context ?? {});
  }

  #resolve(key: string, context: EvaluationContext): Resolution {
    return this.engine === undefined ? NOT_READY : this.engine.evaluate(key, context ?? {});
  }
}
