/**
 * Why nothing can be said of a guard at present, closed: clients may switch on it. Those up to `BAD_STRATA` tell what is
 * wrong with what a source answered, those after it what the judgement makes of it.
 */
export const TROUBLE_CODES = [
  'NO_SOURCE', // the source, or the server of it, is not set up here, or may not be asked
  'NOT_READABLE', // the guard names nothing that this source could read
  'UNREACHABLE', // the source can't be reached, or broke off its answer
  'NO_ANSWER', // no answer in time
  'ERROR_ANSWERED', // an error, or a redirect, which is not followed
  'PARTIAL_ANSWER', // the answer tells of a part, or warns that it may
  'ANSWER_TOO_LARGE', // more than is read
  'BAD_ANSWER', // no answer of the form that was asked for
  'BAD_TIMES', // two values for one moment, times that fall or are yet to come
  'BAD_COUNT', // a value that no counter has: NaN, infinite, below 0
  'BAD_HISTOGRAM', // no histogram: without bounds, without +Inf, without buckets
  'BOUNDS_DIFFER', // bounds that differ between arms or pods, changed, or lack one that is watched
  'BAD_STRATA', // the label that the guard compares within is not told, is on no series, or has more values than it takes
  'SPAN_TOO_SHORT', // the guard looks at spans shorter than its source counts in
  'NO_SERIES', // no series has the labels that the guard asks for
  'NO_DATA', // nothing came for three windows
  'CLOCK_SET_BACK', // the last data is from later than now
  'WARMING', // not enough came yet
  'UNTRUSTED', // users are not dealt out as they should be
  'BEGUN_ANEW', // what it saw is explained by a flag that was bad
] as const;

export type TroubleCode = (typeof TROUBLE_CODES)[number];

/** Why nothing can be said, as a code and in words. */
export interface Trouble {
  readonly code: TroubleCode;
  readonly words: string;
}

/** Thrown where a source can't say anything for sure; the message is for people, and holds no secret. */
export class SourceFault extends Error {
  constructor(
    readonly code: TroubleCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SourceFault';
  }
}

/** What an error of a source comes to; `otherwise` is the code of one that brings none. */
export function troubleIn(error: unknown, otherwise: TroubleCode = 'UNREACHABLE'): Trouble {
  const words = error instanceof Error ? error.message : String(error);
  return { code: error instanceof SourceFault ? error.code : otherwise, words };
}

/** Of a guard that names no series. */
export const NOTHING_TO_READ: Trouble = {
  code: 'NOT_READABLE',
  words: 'the guard has neither a query nor a route for its template',
};
