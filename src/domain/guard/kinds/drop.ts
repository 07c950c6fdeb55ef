import { accumulate } from '../accumulate.js';
import { allowedTimes } from '../allowed.js';
import { DROP_GRID, DROP_WEIGHTS, dropLlrs } from '../drop-evidence.js';
import type { GuardRecord } from '../guard-record.js';
import { addSums } from '../guard-sums.js';
import { massOf } from '../mass.js';
import { noLossLlr } from '../no-harm.js';
import type { MetricWindow } from '../reading.js';
import { addRecent } from '../recent.js';
import { addedUp, comparedIn, expectedIn, sumOf } from '../strata.js';
import { againstExpected, decisive, timesInWords } from './decisive-windows.js';
import type { Judging, KindRules } from './kind-rules.js';
import { noTraffic } from './no-traffic.js';

/** The alternative that tells which windows speak against the new arm: half of what is allowed. */
const HALF = DROP_GRID.indexOf(0.5);

/** Events per unit of exposure, in windows of which `bad` counts the events and `total` the exposure: they must not become fewer than the margin says. */
export const drop: KindRules = {
  fits: ({ bad, total }) => total > 0 || bad === 0,
  apply,
  noHarmLlrs: (window, _, guard) => addedUp(comparedIn(window, guard), (counts) => [noLossLlr(counts)]),
  // There may be none left, so it is what was to be expected that has to be enough.
  trips: ({ logE, expected }, { minEvents }, line) => logE !== null && logE >= line && expected >= minEvents,
  warming: noTraffic,
  words: ({ events }, record) => {
    const { sums, expected, span } = decisive(record);
    const name = events === null ? 'events' : `"${events.bad}"`;
    const seen = againstExpected({ sums, expected }, record.logE);
    if (expected === 0) return `${name} (${seen})`;
    const all = span === '' ? '' : `; ${timesInWords(record, 2)} in all`;
    return `${name} ${timesInWords({ sums, expected }, 2)} control${span} (${seen}${all})`;
  },
};

function apply(record: GuardRecord, window: MetricWindow, { guard, plan }: Judging): GuardRecord {
  if (window.new === null || window.control === null) return record;
  // Events are good here, so that no time without them is quiet.
  const seen = { ...record, dataAt: window.to, lastBadAt: window.to };
  const compared = comparedIn(window, guard);
  if (compared.length === 0) return seen;
  const { mass, planned } = massOf(window, plan, { spent: record.spent, first: record.logE === null });
  const llrs = addedUp(compared, (counts) => dropLlrs(counts, allowedTimes(guard)));
  const [counts, expected] = [sumOf(compared), expectedIn(compared)];
  return {
    ...seen,
    ...accumulate(record.logs, llrs, { mass, phi: guard.phi, weights: DROP_WEIGHTS }),
    spent: Math.min(1, record.spent + planned),
    windows: record.windows + 1,
    sums: addSums(record.sums, counts),
    expected: record.expected + expected,
    recent: addRecent(record.recent, window, { llr: llrs[HALF] ?? 0, counts, expected }),
  };
}
