import { Counter } from 'prom-client';
import type { MetricReading } from '../domain/guard/reading.js';

/** What the leader counts of guards, in prom-client's default registry. */
const readings = new Counter({
  name: 'tidegate_guard_readings_total',
  help: 'Looks at the source of a guard, by what came: windows, nothing new, or unknown (an error or a partial answer).',
  labelNames: ['environment', 'guard', 'outcome'] as const,
});

/** Counts one look. */
export function countReading(environment: string, guard: string, reading: MetricReading): void {
  const outcome = reading.unknown !== null ? 'unknown' : reading.windows.length > 0 ? 'windows' : 'nothing';
  readings.inc({ environment, guard, outcome });
}
