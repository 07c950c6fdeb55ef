import { grouped } from '../../dist/src/domain/grouped.js';
import { faultsOf, lineOf, playFaults, stepsOf } from '../../test/support/fault-run.ts';
import { median } from '../measure.mjs';
import { atMost, row } from '../row.mjs';
import { untilBeforeScrape } from './scrape-phase.mjs';

/** How long after the fault the gateway is scraped, ms: a fault comes at any moment. */
const PHASES = [500, 1_500, 2_500, 3_500, 4_500];
const PARTS = [0.5, 1];
const PERCENTS = [5, 20, 50];

/** Versions that fail half or all of their requests, at each share; worst of five moments. */
export async function failing(stage, isShort) {
  const phases = isShort ? PHASES.slice(1, 2) : PHASES;
  const percents = isShort ? PERCENTS.slice(1, 2) : PERCENTS;
  const plays = isShort ? [PARTS] : PARTS.map((part) => [part]);
  const found = [];
  let turn = 0;
  for (const phase of phases) {
    for (const parts of plays) {
      turn += 1;
      const faults = faultsOf(parts, percents, turn);
      await stage.open(faults.map((fault) => ({ name: fault.name, steps: stepsOf(fault) })));
      const figures = await playFaults(stage, faults, () => untilBeforeScrape(stage.testbed, phase));
      process.stdout.write(figures.map(lineOf).join(''));
      found.push(...figures);
    }
  }
  return [...byFault(found).flatMap(rowsOf), ...ways(found)];
}

function byFault(found) {
  return [...grouped(found, ({ fault: { part, percent } }) => `${part} ${percent}`).values()];
}

function rowsOf(group) {
  const [{ fault }] = group;
  const { part, percent } = fault;
  const what = `${percent} % of 100 requests a second, ${part * 100} % of them begin to fail`;
  const worst = group.reduce((a, b) => (a.lasted / a.limit > b.lasted / b.limit ? a : b));
  const failed = group.map((one) => one.failed);
  const times = row({
    case: what,
    metric: `first to last bad answer, worst of ${group.length}, beside the limit`,
    unit: 's',
    value: worst.lasted / 1_000,
    reference: worst.limit / 1_000,
    goal: atMost(1, 2),
  });
  const requests = row({
    case: what,
    metric: `failed requests, least of ${group.length} (median ${median(failed)}, most ${Math.max(...failed)})`,
    unit: 'requests',
    value: Math.min(...failed),
  });
  return [times, requests];
}

/** Where the time goes. */
function ways(found) {
  const judged = found.map(({ judgedAfter }) => judgedAfter);
  const left = found.map(({ leftAfter }) => leftAfter);
  return [
    ['from the scrape that shows enough to the trip', judged],
    ['from the trip to the last bad answer', left],
  ].map(([what, values]) =>
    row({
      case: what,
      metric: `median of ${values.length} (worst ${(Math.max(...values) / 1_000).toFixed(2)})`,
      unit: 's',
      value: median(values) / 1_000,
    }),
  );
}
