import type { Details, EvaluationContext, Hook, HookCall, TrackCall } from '../client/index.js';

/** One answer that the code under test was given. */
export interface Evaluated {
  readonly flag: string;
  /** Without private attributes. */
  readonly context: EvaluationContext;
  /** What it got, be it the flag's or its own default. */
  readonly value: unknown;
  readonly details: Details;
}

/** Keeps what is evaluated and tracked, in order. */
export class Recorder implements Hook {
  readonly name = 'recorder';
  readonly evaluations: Evaluated[] = [];
  readonly events: TrackCall[] = [];

  finally({ flag, context }: HookCall, details: Details): void {
    this.evaluations.push({ flag, context, value: details.value, details });
  }

  tracked(call: TrackCall): void {
    this.events.push(call);
  }
}
