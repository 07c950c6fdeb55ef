import { describe, expect, it } from '@jest/globals';
import { guardSchema } from '../../../domain/guard.js';
import { ALONE } from '../../../domain/guard/combination.js';
import { judge } from '../../../domain/guard/judge.js';
import { freshRecord } from '../../../domain/guard/record.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { ATTRIBUTION_WINDOWS, attributionLags, cohortName, type UnitCounts } from '../../../domain/units.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { COUNT_WINDOW } from '../../../ports/store.js';
import { cohortReading, cohortSpan } from './cohorts.js';

const MINUTE = 60_000;
const events = { flag: 'shop', bad: 'ordered', within: 600 } as const;
const guard = guardSchema.parse({ key: 'orders', source: 'events', events, margin: 1.2 });

function requestOf(times: Partial<MetricRequest> = {}): MetricRequest {
  const arms = { new: 'on', control: 'off' };
  const subject = { environment: 'e', guard, arms, route: null, rule: 'r', units: 's' };
  return { subject, watermark: 0, since: 0, ...times };
}

function countsOf(
  ...cohorts: readonly (readonly [number, { readonly [name: string]: number }])[]
): UnitCounts {
  return {
    assigned: new Map(),
    cohorts: new Map(cohorts.map(([window, counts]) => [window, new Map(Object.entries(counts))])),
  };
}

describe('cohorts', () => {
  it('are read once their attribution window is over, and stand where it ends', () => {
    const span = cohortSpan(requestOf({ watermark: 600_000 }), 600_000 + 3 * COUNT_WINDOW + 999);
    expect(span).toEqual({ from: 0, to: 1, lag: 120, lost: 0 });
    const { windows, watermark } = cohortReading(
      requestOf({ watermark: 600_000 }),
      span,
      countsOf([1, { [cohortName('on', 'exposures')]: 4, [cohortName('off', 'exposures')]: 9 }]),
    );
    expect(windows).toEqual([
      { from: 605_000, to: 610_000, new: { bad: 0, total: 4 }, control: { bad: 0, total: 9 } },
    ]);
    expect(watermark).toBe(610_000);
  });

  it('hold nobody who was exposed before the run began', () => {
    expect(cohortSpan(requestOf({ watermark: 300_000, since: 300_000 }), 950_000)).toMatchObject({
      from: 60,
    });
    expect(cohortSpan(requestOf({ watermark: 300_000, since: 300_000 }), 900_000).to).toBeLessThan(60);
  });

  it('count what was done within the attribution window, and not later', () => {
    const cohort = Object.fromEntries(ATTRIBUTION_WINDOWS.map((_, i) => [cohortName('on', 'ordered', i), 1]));
    const { windows } = cohortReading(
      requestOf(),
      { from: 0, to: 0, lag: 120, lost: 0 },
      countsOf([0, { ...cohort, [cohortName('on', 'exposures')]: 20 }]),
    );
    expect(windows[0]?.new).toEqual({
      bad: ATTRIBUTION_WINDOWS.filter((each) => each <= 600).length,
      total: 20,
    });
  });

  it('tell of what can be read no more', () => {
    const span = cohortSpan(requestOf({ watermark: 0 }), 60 * MINUTE);
    expect(span.lost).toBe(50 * MINUTE - 600_000);
  });

  /**
   * Users of either arm order alike, 30 % of them, eight minutes after they were first exposed. The new arm begins at 5 % and
   * goes to half after an hour: then most of its users are fresh, and have not ordered yet.
   */
  it('are what makes a just-exposed arm comparable: counted by the minute it looks like one that sells nothing', () => {
    const lag = 8 * (MINUTE / COUNT_WINDOW);
    const index = attributionLags(COUNT_WINDOW).findIndex((each) => lag <= each);
    const exposures = (window: number): readonly [fresh: number, control: number] =>
      window < 720 ? [5, 95] : [50, 50];
    const naive: MetricReading['windows'][number][] = [];
    const cohorts: (readonly [number, { readonly [name: string]: number }])[] = [];
    for (let window = 0; window < 1_000; window += 1) {
      const [fresh, control] = exposures(window);
      const ordered = window < lag ? [0, 0] : exposures(window - lag).map((users) => Math.round(users * 0.3));
      naive.push({
        from: window * COUNT_WINDOW,
        to: (window + 1) * COUNT_WINDOW,
        new: { bad: ordered[0] ?? 0, total: fresh },
        control: { bad: ordered[1] ?? 0, total: control },
      });
      cohorts.push([
        window,
        {
          [cohortName('on', 'exposures')]: fresh,
          [cohortName('off', 'exposures')]: control,
          [cohortName('on', 'ordered', index)]: Math.round(fresh * 0.3),
          [cohortName('off', 'ordered', index)]: Math.round(control * 0.3),
        },
      ]);
    }
    const drop = guardSchema.parse({ ...guard, kind: 'drop', margin: 0.9, phi: 1, events: { ...events } });
    const judged = (windows: MetricReading['windows']) => {
      const watermark = windows.at(-1)?.to ?? 0;
      return judge({
        guard: drop,
        record: freshRecord(1, 0),
        reading: { windows, watermark, unknown: null, lost: 0, windowLength: COUNT_WINDOW },
        situation: {
          now: watermark,
          combined: ALONE,
          comparable: true,
          plan: { plannedEnd: watermark, paused: false, endless: false },
          step: null,
        },
      });
    };
    expect(judged(naive).decision).toBe('trip');
    const request = requestOf();
    const whole = cohortReading(
      { ...request, subject: { ...request.subject, guard: drop } },
      { from: 0, to: 999, lag: 120, lost: 0 },
      countsOf(...cohorts),
    );
    expect(whole.windows).toHaveLength(1_000);
    expect(judged(whole.windows)).toMatchObject({ decision: 'go', state: 'ok' });
  });
});
