import { PrometheusMetricSource } from '../../src/adapters/metrics/prometheus/prometheus-metric-source.js';
import type { Guard } from '../../src/domain/guard.js';
import type { GuardRecord } from '../../src/domain/guard/guard-record.js';
import { judge, type Judgement } from '../../src/domain/guard/judge.js';
import { freshRecord } from '../../src/domain/guard/record.js';
import type { ReplayedVerdict } from '../../src/schema.types.js';
import { ENVIRONMENT } from './checkout.js';
import type { TestPrometheus } from './prometheus.js';

/** The record of a kept trip as it was written, beside that of a judge that nothing disturbed. */
export interface Compared {
  readonly written: Partial<GuardRecord>;
  readonly undisturbed: Partial<GuardRecord>;
  /** Ends of the windows that the undisturbed judge applied, epoch ms. */
  readonly ends: readonly number[];
}

/**
 * Judges all that a guard had to judge, from its first moment to its trip, in one go and in one process, and puts that beside
 * what came of it. Left out of both is what tells of the moment in which somebody looked,
 * and what was looked for beside.
 */
export async function compareWithUndisturbed(
  { url }: TestPrometheus,
  { inputs, result }: ReplayedVerdict,
): Promise<Compared> {
  const { guard, situation } = inputs as { guard: Guard; situation: Judgement['situation'] };
  const { record } = result as { record: GuardRecord };
  const { query, key } = guard;
  if (query === null) throw new Error(`guard ${key} has no query`);
  const subject = { environment: ENVIRONMENT, guard, arms: query.arm, route: null, rule: null };
  const source = new PrometheusMetricSource({ url });
  const request = { subject, watermark: record.madeAt, since: record.madeAt };
  const [reading] = await source.read([request], Date.now());
  if (reading === undefined) throw new Error('nothing was read');
  const begun = { ...freshRecord(record.run, record.madeAt), basis: record.basis };
  const judged = judge({ guard, record: begun, reading, situation });
  const ends = reading.windows.map(({ to }) => to).filter((to) => to <= judged.record.watermark);
  return { written: lasting(record), undisturbed: lasting(judged.record), ends };
}

function lasting(record: GuardRecord): Partial<GuardRecord> {
  const { trip } = record;
  const momentary = { unseen: null, trouble: '', troubleCode: undefined, windowLength: null };
  const beside = { absent: undefined, scatter: undefined };
  return { ...record, ...momentary, ...beside, trip: trip && { at: 0, evidence: trip.evidence } };
}
