import { median } from '../measure.mjs';
import { atMost, row } from '../row.mjs';
import { named } from './cases.mjs';
import { WINDOW } from './detector.mjs';
import { LATENCY_SETTINGS } from './latency.mjs';

const TRAFFIC = { split: 0.05, rate: 100 };
const SLOWER = [
  { slower: 1.1, limit: 300 },
  { slower: 1.5, limit: 20 },
];

/** Goal 4: slower answers, at 5 % of 100 requests a second and Envoy's buckets. */
export async function latency(workers, { worse, late: days, judgeEvery }) {
  const rows = await Promise.all(
    Object.entries(LATENCY_SETTINGS).map(async ([setting, guard]) => {
      const found = await Promise.all(
        SLOWER.map(({ slower }) =>
          workers.run('latency', { ...TRAFFIC, slower, setting }, { count: worse, judgeEvery }),
        ),
      );
      const healthy = await workers.run(
        'latency',
        { ...TRAFFIC, slower: 1, setting },
        { count: days, judgeEvery },
      );
      return [
        ...SLOWER.map(({ slower, limit }, i) =>
          row({
            case: `4 latency, ${named(setting, guard)}: ${Math.round((slower - 1) * 100)} % slower`,
            metric: 'median delay',
            value: (median(found[i].map(({ at }) => at ?? Infinity)) * WINDOW) / 1_000,
            unit: 's',
            ...(setting === 'stated' && { goal: atMost(limit, limit * 1.5) }),
          }),
        ),
        row({
          case: `4 latency, ${named(setting, guard)}: ${days} healthy days`,
          metric: 'closed',
          value: healthy.filter(({ at }) => at !== null).length,
          unit: 'days',
          goal: atMost(Math.ceil(days * 0.03), Math.ceil(days * 0.05)),
        }),
      ];
    }),
  );
  return rows.flat();
}
