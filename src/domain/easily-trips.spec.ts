import { describe, expect, it } from '@jest/globals';
import { parsedGuard } from '../../test/support/judging.js';
import { easilyTrips } from './easily-trips.js';
import { settingWarnings } from './guard-warnings.js';

describe('a guard that trips easily', () => {
  it('is told of with its settings, and how often it may', () => {
    expect(settingWarnings(parsedGuard({ margin: 1.2, alpha: 0.9 }), undefined)).toEqual([
      {
        code: 'TRIPS_EASILY',
        field: 'alpha',
        message:
          'With alpha 0.9 guard "g" may trip in 90 of 100 rollouts with nothing wrong: lower alpha (0.01 is usual).',
      },
    ]);
  });

  it.each([0.001, 0.01, 0.1])('is none with an alpha of %s', (alpha) => {
    expect(easilyTrips(parsedGuard({ margin: 1.2, alpha }))).toEqual([]);
  });

  it('is none of a kind that does not go by alpha', () => {
    expect(easilyTrips(parsedGuard({ kind: 'burn', burn: { slo: 0.99 }, alpha: 0.9 }))).toEqual([]);
  });
});
