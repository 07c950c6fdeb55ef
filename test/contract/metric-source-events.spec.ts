import { expect } from '@jest/globals';
import { EventsMetricSource } from '../../src/adapters/metrics/events/events-metric-source.js';
import type { GuardSubject } from '../../src/domain/guard/guard-subject.js';
import { seriesName } from '../../src/domain/series.js';
import { type More, subjectOf } from './metric-ground.js';
import { describeMetricSource } from './metric-source.contract.js';
import { MetricStore } from './metric-store.js';

describeMetricSource('what SDKs report', async () => {
  const ground = await MetricStore.start();
  let sequence = 0;

  function subject(flag: string, key = 'g', more: Partial<GuardSubject> = {}): GuardSubject {
    return subjectOf({ key, source: 'events', events: { flag, bad: 'gave-up' } }, more);
  }

  const countsOf = (flag: string, variant: string, { bad, total }: More) =>
    [['gave-up', bad] as const, ['exposures', total] as const].map(([event, count]) => ({
      series: seriesName({ flag, rule: null, variant, event }),
      count,
      sum: 0,
    }));
  return {
    source: () => new EventsMetricSource(ground.store),
    subject,
    broken: [
      { subject: subject('readable', 'elsewhere', { environment: 'nowhere' }), code: 'UNREACHABLE' },
      { subject: subject('readable', 'unitless', { units: null }), code: 'NOT_READABLE' },
      { subject: subjectOf({ key: 'bare', source: 'events' }), code: 'NOT_READABLE' },
    ],
    happen: async (traffic, more) => {
      const counts = [...countsOf(traffic, 'v2', more.new), ...countsOf(traffic, 'v1', more.control)];
      const batch = { client: 'c', sequence: (sequence += 1), counts };
      expect(await ground.inTurn(() => ground.store.addCounts('production', batch))).toBe(true);
    },
    pass: () => ground.pass(),
    away: () => ground.away(),
    back: () => ground.back(),
    stop: () => ground.stop(),
  };
});
