/** Bad events and total of one arm in one window; null = no data for this arm, which is not zero. */
export interface ArmCounts {
  readonly bad: number;
  readonly total: number;
}

/** One window: the span (from, to] in epoch ms of the source's clock. A null arm had no data. */
export interface MetricWindow {
  readonly from: number;
  readonly to: number;
  readonly new: ArmCounts | null;
  readonly control: ArmCounts | null;
}

/**
 * What came after a watermark. `windows` in order, none overlapping; `watermark` is the end of what has been read (the
 * old watermark where nothing new came). `unknown` says why nothing can be said (query error, warning of a partial
 * answer); there are no windows then. `lost` is the span in ms that was too old to be read any more. `windowLength` is
 * the usual length of a window in ms, by which missing data is judged.
 */
export interface MetricReading {
  readonly windows: readonly MetricWindow[];
  readonly watermark: number;
  readonly unknown: string | null;
  readonly lost: number;
  readonly windowLength: number;
}
