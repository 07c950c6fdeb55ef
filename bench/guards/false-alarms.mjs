import { atMost, row } from '../row.mjs';
import { named, SETTINGS, titleOf } from './cases.mjs';
import { tunedLimit } from './flagger.mjs';

/**
 * Goal 1: of 1,000 healthy days at most 17 are closed, at every case: 10 are meant, and 18 have a chance of 1.4 %. Beside the rows, by
 * case, the limit of Flagger's rule that would have closed at most one in a hundred of the same days.
 */
export async function healthy(workers, { healthy: count, judgeEvery, cases, mostHealthy: most }) {
  const found = await Promise.all(
    cases.map(async (traffic) => {
      const runs = await workers.run('error', { traffic, ratio: 1 }, { count, judgeEvery });
      const tripped = (name) => runs.filter((one) => one[name] !== undefined).length;
      const limit = tunedLimit(runs.map(({ passingLimit }) => passingLimit));
      return { traffic, limit, stated: tripped('stated'), shipped: tripped('shipped') };
    }),
  );
  const rows = Object.keys(SETTINGS).map((name) => {
    const worst = found.reduce((a, b) => (b[name] > a[name] ? b : a));
    return row({
      case: `1 healthy, ${named(name)}: ${count} days of each of ${cases.length} cases`,
      metric: `closed in the worst (${titleOf(worst.traffic)}), of ${found.reduce((sum, one) => sum + one[name], 0)} in all`,
      value: worst[name],
      unit: 'days',
      goal: atMost(most, most),
    });
  });
  return { rows, limits: new Map(found.map(({ traffic, limit }) => [traffic, limit])) };
}

const HISTORY = { ...SETTINGS.shipped, phi: 'history' };
const BOTH = Object.entries(SETTINGS).map(([name, setting]) => ({ setting, label: named(name) }));
const FROM_HISTORY = { setting: HISTORY, label: named('stated', { ...HISTORY, phi: 'from history' }) };
const [, SHIPPED] = BOTH;
/** What is shipped asks the metric's history when a run begins, and judges by that where it speaks for more. */
const RAISED = { ...SETTINGS.shipped, phi: 'history', least: SETTINGS.shipped.phi };
const WITH_HISTORY = {
  setting: RAISED,
  label: named('shipped', { ...RAISED, phi: `${RAISED.least} or more by history` }),
};
const WITHOUT_HISTORY = {
  setting: SETTINGS.shipped,
  label: named('shipped', { ...SETTINGS.shipped, phi: `${RAISED.least}, no history` }),
};
const WIDER = { ...SETTINGS.stated, margin: 1.2 };

/** Goal 5: what hits both arms, or scatters, closes nothing. Where there is no history, bursts as large as these are beyond what is shipped, and say so. */
const STRESSES = [
  ...BOTH.map((how) => ({ name: 'outage', ...how })),
  ...BOTH.map((how) => ({ name: 'ramp', ...how })),
  { name: 'bursts', ...FROM_HISTORY },
  { name: 'bursts', ...WITH_HISTORY },
  { name: 'bursts', ...WITHOUT_HISTORY, isBeyond: true },
  { name: 'pods', ...FROM_HISTORY },
  { name: 'pods', ...WITH_HISTORY },
  { name: 'pods', ...WITHOUT_HISTORY },
  { name: 'node', setting: WIDER, label: named('stated', WIDER) },
  { name: 'node', ...SHIPPED },
];

export async function stressed(workers, { healthy: count, judgeEvery, mostHealthy: most }) {
  return Promise.all(
    STRESSES.map(async ({ name, setting, label, isBeyond = false }) => {
      const runs = await workers.run('stress', { name, setting }, { count, judgeEvery });
      return row({
        case: `5 ${name}, ${label}: ${count} healthy days`,
        metric: 'closed',
        value: runs.filter(({ tripped }) => tripped).length,
        unit: 'days',
        ...(!isBeyond && { goal: atMost(most, most) }),
      });
    }),
  );
}
