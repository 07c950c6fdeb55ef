/** Where a configuration came from. */
export type Origin = 'bootstrap' | 'file' | 'stream' | 'poll';

/** What a client holds, and how fresh it is. */
export interface ConfigurationStats {
  /** Null while nothing is held, as are the next three. */
  readonly environment: string | null;
  readonly epoch: string | null;
  readonly revision: number | null;
  readonly origin: Origin | null;
  readonly flags: number;
  readonly segments: number;
  readonly routes: number;
  /** Since when nobody has vouched for it: the stream broke, or the file was written. Null while it is current. */
  readonly staleSince: Date | null;
  /** What `routeHeaders` leaves out for the sake of private attributes: `route/<key>`, `segment/<key>`. */
  readonly withheld: readonly string[];
  /** How often the connection broke or could not be made. */
  readonly breaks: number;
  /** How often a listener or a hook of the application threw. */
  readonly throws: number;
}
