import { describe, expect, it } from '@jest/globals';
import {
  changing,
  doing,
  gappy,
  type OddTraffic,
  ranOn,
  sharing,
  taking,
} from '../../../../test/support/odd-traffic.js';
import type { GuardInput } from '../../guard.js';

const ARM = { label: 'v', new: 'a', control: 'b' };
const COUNTED = { template: null, phi: 1, query: { bad: 'x', total: 'n', arm: ARM } } as const;
const BUCKETS = { template: null, phi: 1, query: { buckets: 'b', arm: ARM } } as const;

const ratio = { ...COUNTED, margin: 1.2 } as const;
const floor = { ...COUNTED, margin: 1.2, threshold: 0.01 } as const;
const absolute = { ...COUNTED, threshold: 0.05 } as const;
const byRegion = { ...ratio, strata: { label: 'r' } } as const;
const drop = { ...COUNTED, kind: 'drop', margin: 0.9 } as const;
const dropByRegion = { ...drop, strata: { label: 'r' } } as const;
const latency = { ...BUCKETS, kind: 'latency', margin: 1.1 } as const;
const burn: Partial<GuardInput> = {
  ...COUNTED,
  kind: 'burn',
  burn: { slo: 0.95, pairs: [{ long: 300, short: 60, rate: 4 }] },
};
const kOfN = { ...COUNTED, kind: 'kOfN', threshold: 0.15, kOfN: { k: 3, of: 5, minTotal: 20 } } as const;
const topline = { ...COUNTED, kind: 'topline', topline: { slo: 0.95, rate: 4 } } as const;

const TEN = (): readonly number[] => [50, 100, 250];
const USUAL = [0.6, 0.3, 0.08, 0.02];

const GOOD: readonly OddTraffic[] = [
  ['ratio: nothing ever fails', ratio, { fresh: sharing(0, 40), control: sharing(0, 120) }],
  ['ratio: all fails', ratio, { fresh: sharing(1, 40), control: sharing(1, 120) }],
  ['ratio: one in 10,000 fails', ratio, { fresh: sharing(1e-4, 4e3), control: sharing(1e-4, 4e3) }],
  ['ratio: a hundred million requests', ratio, { fresh: sharing(0.01, 1e8), control: sharing(0.01, 1e8) }],
  ['ratio: hardly a request', ratio, { fresh: sharing(0.1, 0.3), control: sharing(0.1, 1) }],
  ['ratio: far better than the control', ratio, { fresh: sharing(0, 40), control: sharing(1, 40) }],
  ['ratio: exactly what is allowed', ratio, { fresh: sharing(0.12, 400), control: sharing(0.1, 400) }],
  ['ratio: a share of 99 %', ratio, { fresh: sharing(0.05, 9900), control: sharing(0.05, 100) }],
  ['ratio: an arm missing', ratio, { fresh: gappy(sharing(0.05, 40)), control: gappy(sharing(0.05, 40)) }],
  [
    'ratio: an outage of both',
    ratio,
    {
      fresh: changing(60, sharing(0.01, 40), sharing(1, 40)),
      control: changing(60, sharing(0.01, 40), sharing(1, 400)),
    },
  ],
  [
    'ratio in regions: all fails in one of them, in both arms',
    byRegion,
    {
      fresh: sharing(0.05, 40),
      control: sharing(0.05, 400),
      beside: { fresh: sharing(1, 40), control: sharing(1, 4) },
    },
  ],
  [
    'ratio with a floor: below it, and the control never fails',
    floor,
    { fresh: sharing(0.005, 400), control: sharing(0, 400) },
  ],
  ['ratio with a floor: all fails', floor, { fresh: sharing(1, 40), control: sharing(1, 400) }],
  ['threshold: exactly what is allowed', absolute, { fresh: sharing(0.05, 400), control: sharing(0, 400) }],
  ['drop: no event at all', drop, { fresh: doing(0, 40), control: doing(0, 400) }],
  ['drop: thirty times as many', drop, { fresh: doing(3, 40), control: doing(0.1, 400) }],
  ['drop: none in the control', drop, { fresh: doing(1, 40), control: doing(0, 400) }],
  ['drop: exactly what is allowed', drop, { fresh: doing(0.9, 400), control: doing(1, 400) }],
  ['drop: thirty a unit', drop, { fresh: doing(30, 4), control: doing(30, 40) }],
  ['drop: a hundred million units', drop, { fresh: doing(0.9, 1e8), control: doing(0.95, 1e8) }],
  [
    'drop in regions: events without a unit in one of them',
    dropByRegion,
    {
      fresh: doing(3, 40),
      control: doing(3, 400),
      beside: { fresh: () => ({ bad: 1, total: 0 }), control: doing(1, 4) },
    },
  ],
  [
    'drop: the new arm missing in every other window',
    drop,
    { fresh: gappy(doing(1, 40)), control: doing(1, 40) },
  ],
  ['latency: as usual', latency, { fresh: taking(USUAL, 40), control: taking(USUAL, 400), bounds: TEN }],
  [
    'latency: all fast',
    latency,
    { fresh: taking([1, 0, 0, 0], 40), control: taking([1, 0, 0, 0], 400), bounds: TEN },
  ],
  [
    'latency: all slow',
    latency,
    { fresh: taking([0, 0, 0, 1], 40), control: taking([0, 0, 0, 1], 400), bounds: TEN },
  ],
  [
    'latency: far faster than the control',
    latency,
    { fresh: taking([1, 0, 0, 0], 40), control: taking(USUAL, 400), bounds: TEN },
  ],
  [
    'latency: both get slow',
    latency,
    {
      fresh: changing(60, taking(USUAL, 40), taking([0, 0, 0, 1], 40)),
      control: changing(60, taking(USUAL, 400), taking([0, 0, 0, 1], 400)),
      bounds: TEN,
    },
  ],
  [
    'latency: a hundred million requests',
    latency,
    { fresh: taking(USUAL, 1e8), control: taking(USUAL, 1e8), bounds: TEN },
  ],
  ['burn: all fails', burn, { fresh: sharing(1, 40), control: sharing(1, 400) }],
  ['burn: nothing fails', burn, { fresh: sharing(0, 40), control: sharing(0, 400) }],
  ['kOfN: all fails', kOfN, { fresh: sharing(1, 40), control: sharing(1, 400) }],
  ['kOfN: nothing fails', kOfN, { fresh: sharing(0, 40), control: sharing(0, 400) }],
  ['topline: as much as is promised', topline, { fresh: sharing(0.05, 40), control: sharing(0.05, 400) }],
];
const BAD: readonly OddTraffic[] = [
  ['ratio: the control never fails', ratio, { fresh: sharing(0.2, 40), control: sharing(0, 120) }],
  ['ratio: all of the new arm fails', ratio, { fresh: sharing(1, 40), control: sharing(0.1, 120) }],
  ['ratio: a hundred million requests', ratio, { fresh: sharing(0.05, 1e8), control: sharing(0.01, 1e8) }],
  ['ratio: hardly a request', ratio, { fresh: sharing(0.9, 0.5), control: sharing(0.05, 2) }],
  ['ratio: a share of 99 %', ratio, { fresh: sharing(0.5, 9900), control: sharing(0.05, 100) }],
  ['ratio: a share of 0.1 %', ratio, { fresh: sharing(0.5, 10), control: sharing(0.05, 9900) }],
  [
    'ratio: the new arm missing in every other window',
    ratio,
    { fresh: gappy(sharing(0.5, 40)), control: sharing(0.05, 40) },
  ],
  [
    'ratio in regions: no new arm in one of them',
    byRegion,
    {
      fresh: sharing(0.5, 40),
      control: sharing(0.05, 40),
      beside: { fresh: () => null, control: sharing(1, 9) },
    },
  ],
  [
    'ratio in regions: failures without a request in one of them',
    byRegion,
    {
      fresh: sharing(0.5, 40),
      control: sharing(0.05, 40),
      beside: { fresh: () => ({ bad: 1, total: 0 }), control: sharing(1, 9) },
    },
  ],
  [
    'ratio: half as bad again, of a control of which 40 % fail',
    ratio,
    { fresh: sharing(0.6, 400), control: sharing(0.4, 400) },
  ],
  [
    'ratio with a floor: the control never fails',
    floor,
    { fresh: sharing(0.5, 40), control: sharing(0, 40) },
  ],
  [
    'ratio with a floor: all of the new arm fails',
    floor,
    { fresh: sharing(1, 40), control: sharing(0.5, 40) },
  ],
  ['threshold: all fails', absolute, { fresh: sharing(1, 40), control: sharing(1, 40) }],
  [
    'threshold: all fails, without a control, in every other window',
    absolute,
    { fresh: gappy(sharing(1, 40)), control: () => null },
  ],
  ['drop: nothing comes any more', drop, { fresh: doing(0, 40), control: doing(1, 40) }],
  ['drop: thirty a unit become ten', drop, { fresh: doing(10, 40), control: doing(30, 40) }],
  ['drop: half of a hundred million', drop, { fresh: doing(0.5, 1e8), control: doing(1, 1e8) }],
  [
    'drop in regions: events without a unit in one of them',
    dropByRegion,
    {
      fresh: doing(1.5, 40),
      control: doing(3, 40),
      beside: { fresh: () => ({ bad: 1, total: 0 }), control: doing(1, 4) },
    },
  ],
  [
    'latency: all above the last bound, of a control all below the first',
    latency,
    { fresh: taking([0, 0, 0, 1], 40), control: taking([1, 0, 0, 0], 400), bounds: TEN },
  ],
  [
    'latency: four times as many slow ones',
    latency,
    { fresh: taking([0.1, 0.2, 0.4, 0.3], 40), control: taking(USUAL, 400), bounds: TEN },
  ],
  [
    'latency: all above the last bound, later',
    latency,
    {
      fresh: changing(60, taking(USUAL, 40), taking([0, 0, 0, 1], 40)),
      control: taking(USUAL, 400),
      bounds: TEN,
    },
  ],
  [
    'latency: a hundred million requests',
    latency,
    { fresh: taking([0.1, 0.2, 0.4, 0.3], 1e8), control: taking(USUAL, 1e8), bounds: TEN },
  ],
  [
    'latency: hardly a request',
    latency,
    { fresh: taking([0, 0, 0, 1], 0.5), control: taking(USUAL, 5), bounds: TEN },
  ],
  [
    'latency: bounds that change while they are chosen from',
    latency,
    {
      fresh: taking([0.1, 0.2, 0.4, 0.3], 40),
      control: taking(USUAL, 20),
      bounds: (i) => (i < 4 ? [50, 100, 250] : [30, 70, 90]),
    },
  ],
  ['burn: all fails', burn, { fresh: sharing(1, 40), control: sharing(0, 400) }],
  ['burn: all fails, and there is no control', burn, { fresh: sharing(1, 40), control: () => null }],
  ['kOfN: all fails', kOfN, { fresh: sharing(1, 40), control: sharing(0, 400) }],
  ['kOfN: all fails, and there is no control', kOfN, { fresh: sharing(1, 40), control: () => null }],
  ['topline: all fails', topline, { fresh: sharing(1, 40), control: sharing(1, 400) }],
];

describe('a guard', () => {
  it.each(GOOD)('leaves alone what is within its margin, however odd: %s', (...row) => {
    for (const { record, logE } of ranOn(row)) {
      expect(record.trip).toBeNull();
      expect(logE === null || Number.isFinite(logE)).toBe(true);
    }
  });

  it.each(BAD)('closes what is plainly worse, however odd, within 200 windows: %s', (...row) => {
    for (const { record } of ranOn(row)) expect(record.trip).not.toBeNull();
  });
});
