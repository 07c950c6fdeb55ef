import type { GuardSubject } from '../../src/domain/guard/guard-subject.js';
import type { TroubleCode } from '../../src/domain/guard/trouble.js';
import { type GuardInput, guardSchema } from '../../src/domain/guard.js';
import type { MetricSource } from '../../src/ports/metric-source.js';

/** What an arm had more of. */
export interface More {
  readonly bad: number;
  readonly total: number;
}

export interface MetricGround {
  /** An adapter on what happens here that has read nothing yet, as another process has it. */
  readonly source: () => MetricSource;
  /** What a guard watches that counts this traffic; of traffic that was not named when the ground began nothing is known. */
  readonly subject: (traffic: string, key?: string) => GuardSubject;
  /** Subjects that can't be read, each with the code that tells why. */
  readonly broken: readonly { readonly subject: GuardSubject; readonly code: TroubleCode }[];
  readonly happen: (traffic: string, more: { readonly new: More; readonly control: More }) => Promise<void>;
  /** Lets some time go by; the time then, by the clock that sources are read by, epoch ms. */
  readonly pass: () => Promise<number>;
  /** What the adapter reads from can't be read, until it is `back`. */
  readonly away: () => Promise<void>;
  readonly back: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What a guard of v2 against v1 watches. */
export function subjectOf(
  guard: Pick<GuardInput, 'source'> & Partial<GuardInput>,
  more: Partial<GuardSubject> = {},
): GuardSubject {
  return {
    environment: 'production',
    guard: guardSchema.parse({ key: 'g', margin: 2, ...guard }),
    arms: { new: 'v2', control: 'v1' },
    route: null,
    rule: null,
    ...more,
  };
}
