/** Why counts are lost. */
export type DropReason =
  | 'overflow' // there were more series than are kept
  | 'invalid' // the sum of their values is no number
  | 'refused' // the server takes them not even one by one
  | 'expired' // the server could not be reached for a minute
  | 'closed'; // the client was closed before they could be delivered

/**
 * What became of the evaluations and tracked events that were counted since the client was made:
 * `counted` = `delivered` + `waiting` + all of `dropped`.
 */
export interface ReporterStats {
  readonly counted: number;
  /** Taken by the server. */
  readonly delivered: number;
  /** Not delivered yet. */
  readonly waiting: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Series that the server took and could not place: their flag, rule, variant or event is gone meanwhile. */
  readonly unknownSeries: number;
  /** Attempts to deliver that failed; each was repeated. */
  readonly failures: number;
}
