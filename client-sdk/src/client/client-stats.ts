import type { ConfigurationStats } from './configuration-stats.js';
import type { ReporterStats } from './reporter-stats.js';

/** What a client says of itself. */
export interface ClientStats extends ConfigurationStats, ReporterStats {}

/** Of a client that counts nothing. */
export const NO_COUNTS: ReporterStats = {
  counted: 0,
  delivered: 0,
  waiting: 0,
  dropped: { overflow: 0, invalid: 0, refused: 0, expired: 0, closed: 0 },
  unknownSeries: 0,
  failures: 0,
};
