import type { EvaluationContext, EvaluationErrorCode, Json, Reason, Snapshot } from '@tidegate/sdk/engine';

/** What a flag answers. `value` is absent where the caller's default applies; `errorCode` where nothing went wrong. */
interface FlagCase {
  readonly flag: string;
  readonly context: EvaluationContext;
  readonly expect: {
    readonly value?: Json;
    readonly variant: string | null;
    readonly reason: Reason;
    readonly rule: string | null;
    readonly errorCode?: EvaluationErrorCode;
  };
}

/** What a route answers; `bucket` (null: none) is checked where present. */
interface RouteCase {
  readonly route: string;
  readonly context: EvaluationContext;
  readonly expect: {
    readonly version: string;
    readonly reason: Reason;
    readonly rule: string | null;
    readonly bucket?: number | null;
  };
}

interface SegmentCase {
  readonly segment: string;
  readonly context: EvaluationContext;
  readonly expect: { readonly member: boolean };
}

/** A file in `evaluate/`: valid documents as JSON, and what any implementation must answer from them. */
export interface EvaluationVectors {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly cases: readonly (FlagCase | RouteCase | SegmentCase)[];
}
