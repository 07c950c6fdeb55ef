import { Counter } from 'prom-client';
import type { Documents } from '../domain/documents.js';
import type { MetricReading } from '../domain/guard/reading.js';

/** What came of a look. */
const OUTCOMES = ['windows', 'nothing', 'unknown'] as const;

/** What the leader counts of guards, in prom-client's default registry. */
const readings = new Counter({
  name: 'tidegate_guard_readings_total',
  help: 'Looks at the source of a guard, by what came: windows, nothing new, or unknown (an error or a partial answer).',
  labelNames: ['environment', 'guard', 'outcome'] as const,
});

/** The guards that were counted, by environment. */
const counted = new Map<string, Set<string>>();

/** Counts one look. */
export function countReading(environment: string, guard: string, reading: MetricReading): void {
  const outcome: (typeof OUTCOMES)[number] =
    reading.unknown !== null ? 'unknown' : reading.windows.length > 0 ? 'windows' : 'nothing';
  const guards = counted.get(environment) ?? new Set();
  counted.set(environment, guards.add(guard));
  readings.inc({ environment, guard, outcome });
}

/** Drops what was counted of the guards of an environment: of those that are not there any more, or of all. */
export function forgetReadings(environment: string, documents?: Documents): void {
  const guards = counted.get(environment) ?? new Set();
  for (const guard of guards) {
    if (documents?.get('guard', guard) !== undefined) continue;
    guards.delete(guard);
    for (const outcome of OUTCOMES) readings.remove({ environment, guard, outcome });
  }
  if (guards.size === 0) counted.delete(environment);
}
