import { faultsOf, lineOf, playFaults, stepsOf } from '../../test/support/fault-run.ts';
import { randomFrom } from '../guards/random.mjs';
import { median } from '../measure.mjs';
import { atMost, row } from '../row.mjs';
import { untilBeforeScrape } from './scrape-phase.mjs';

const PARTS = [0.5, 1];
const GUARDS = { shipped: 'guards as shipped', independent: 'phi 1' };
/**
 * Argo Rollouts at its fastest, three runs: 12 to 37 failed requests in 2.3 to 5.5 s. In 2.3 s 12 of 100 a second are half of a tenth, and
 * 37 are a whole tenth in 3.7 s: these are its best for each part. It asks each second, leaves at the first bad scrape, and its proxies
 * hear of it a second late, as its abort writes to a Service over and over for so long.
 */
const RIVAL = { percent: 10, best: { 0.5: 12, 1: 37 }, asksEach: 1_000, late: 1_000 };
/** Runs of each part with each guard. */
const RUNS = { full: 10, short: 2 };

/**
 * Versions that begin to fail at the share at which the fastest rival was measured, at any moment between two scrapes: a random one in
 * each tenth of that time, the same for both parts and both guards.
 */
export async function atRivalsShare(stage, isShort) {
  const runs = isShort ? RUNS.short : RUNS.full;
  const random = randomFrom(6);
  const { scrapeMs } = stage.testbed.prometheus;
  const found = [];
  for (let run = 0; run < runs; run += 1) {
    const moment = ((run + random()) / runs) * scrapeMs;
    const plans = Object.keys(GUARDS).flatMap((guard) =>
      faultsOf(PARTS, [RIVAL.percent], `${guard}-${run}`).map((fault) => ({ guard, fault })),
    );
    const { guards } = stage.releases;
    await stage.open(
      plans.map(({ guard, fault }) => ({ name: fault.name, steps: stepsOf(fault), guard: guards[guard] })),
    );
    const faults = plans.map(({ fault }) => fault);
    const figures = await playFaults(stage, faults, () => untilBeforeScrape(stage.testbed, moment));
    process.stdout.write(figures.map(lineOf).join(''));
    for (const [i, one] of figures.entries())
      found.push({ ...one, guard: plans[i].guard, rivals: rivalsOf(one, scrapeMs, random) });
  }
  return Object.keys(GUARDS).flatMap((guard) =>
    PARTS.flatMap((part) => rowsOf(found.filter((one) => one.guard === guard && one.fault.part === part))),
  );
}

/** Requests that had failed if the rival had looked at the same scrapes, and its proxies had taken as long as ours. */
function rivalsOf({ failed, lasted, scrapedAfter, leftAfter }, scrapeMs, random) {
  const first = scrapedAfter % scrapeMs;
  return (failed / lasted) * (first + RIVAL.asksEach * random() + RIVAL.late + leftAfter);
}

function rowsOf(group) {
  const [{ fault, guard }] = group;
  const what = `${GUARDS[guard]}: ${fault.percent} % of 100 requests a second, ${fault.part * 100} % of them begin to fail`;
  const failed = group.map((one) => one.failed);
  const seconds = group.map(({ lasted }) => lasted / 1_000);
  const figures = [
    {
      metric: `failed requests, least of ${group.length}, beside the fastest rival’s best`,
      value: Math.min(...failed),
      reference: RIVAL.best[fault.part],
      // Two moments are no choice.
      ...(group.length > RUNS.short ? { goal: atMost(1, 4) } : {}),
    },
    {
      metric: 'failed requests, median, beside the rival’s rule at the same scrapes',
      value: median(failed),
      reference: median(group.map(({ rivals }) => rivals)),
    },
    {
      metric: 'failed requests, most, beside the same',
      value: Math.max(...failed),
      reference: Math.max(...group.map(({ rivals }) => rivals)),
    },
    {
      metric: `first to last bad answer, median (${Math.min(...seconds).toFixed(1)}–${Math.max(...seconds).toFixed(1)})`,
      unit: 's',
      value: median(seconds),
    },
  ];
  return figures.map((figure) => row({ case: what, unit: 'requests', ...figure }));
}
