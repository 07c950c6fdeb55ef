import type { GuardRecord } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import type { LoadAnswer, SteadyLoad } from '../mesh/testbed/steady-load.js';
import type { Steps } from './checkout.js';
import type { OutletStage } from './outlet-stage.js';

const PER_SECOND = 100;
const REACTION_MS = 2_000;
const ANSWERS_TO_JUDGE = 30;
/** No request sent in so long a time was answered by the version: it is left. ms */
const QUIET_MS = 3_000;

/** A new version with a share of the requests begins to fail a part of them. */
export interface Fault {
  readonly name: string;
  /** Of the requests that it gets, 0 to 1. */
  readonly part: number;
  /** Of all requests. */
  readonly percent: number;
}

/** What the clients of one outlet saw. Times in ms. */
export interface FaultFigures {
  readonly fault: Fault;
  /** Bad answers. */
  readonly failed: number;
  /** From the first bad answer to the last. */
  readonly lasted: number;
  /** One scrape, 2 s, and the time in which the version answers 30 requests. */
  readonly limit: number;
  /** From the first bad answer to the scrape that showed enough. */
  readonly scrapedAfter: number;
  /** From the scrape that showed enough to the trip. */
  readonly judgedAfter: number;
  /** From the trip to the last bad answer. */
  readonly leftAfter: number;
}

/** Faults of every part at every share, each at an outlet of its own; `turn` tells them from those of other turns. */
export function faultsOf(
  parts: readonly number[],
  percents: readonly number[],
  turn: number | string,
): readonly Fault[] {
  return parts.flatMap((part) =>
    percents.map((percent) => ({ name: `fails-${turn}-${part * 100}-at-${percent}`, part, percent })),
  );
}

/** The step in which it happens, and one more, which is never reached. */
export function stepsOf({ percent }: Fault): Steps {
  return [
    { weight: percent * 1_000, hold: null },
    { weight: 100_000, hold: null },
  ];
}

/**
 * Starts the releases, sends 100 requests a second to each, lets all new versions fail and waits until nobody meets one. `begin`:
 * resolves when this one is to fail, called once all guards have seen traffic; default at once.
 */
export async function playFaults(
  { outlets, releases, testbed }: OutletStage,
  faults: readonly Fault[],
  begin: (fault: Fault) => Promise<void> = async () => {},
): Promise<readonly FaultFigures[]> {
  const names = faults.map(({ name }) => name);
  await releases.start(names);
  const loads = new Map(names.map((name) => [name, outlets.load(name, PER_SECOND)]));
  try {
    await releases.untilGuards(names, 'ok');
    const since = performance.now();
    const fail = async (fault: Fault): Promise<void> => {
      await begin(fault);
      outlets.fault([fault.name], ['v2'], { status: 503, share: fault.part });
    };
    await Promise.all(faults.map(fail));
    await releases.untilAll(names, 'aborted');
    await untilLeft([...loads.values()]);
    const records = await releases.records();
    return faults.map((fault) => {
      const answers = loads.get(fault.name)?.answers ?? [];
      const bad = answers.filter(({ failure }) => failure !== null).map(({ answered }) => answered);
      return {
        fault,
        failed: bad.length,
        lasted: Math.max(...bad) - Math.min(...bad),
        limit: limitOf(answers, since, testbed.prometheus.scrapeMs),
        ...waysOf(records.get(fault.name), bad),
      };
    });
  } finally {
    await Promise.all([...loads.values()].map((load) => load.stop()));
    outlets.fault(names, ['v2'], null);
  }
}

/** One line for people. */
export function lineOf({ fault, failed, ...times }: FaultFigures): string {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
  return (
    `${fault.percent} % of ${PER_SECOND} requests a second, ${fault.part * 100} % of them fail: ${failed} failed, ` +
    `first to last bad answer ${seconds(times.lasted)}, limit ${seconds(times.limit)}; scraped ${seconds(times.scrapedAfter)} after ` +
    `the first, tripped ${seconds(times.judgedAfter)} after that, left ${seconds(times.leftAfter)} later\n`
  );
}

/** How long it took to the scrape, from there to the trip, and from there to the last of the bad answers (ms of this process). */
function waysOf(
  record: GuardRecord | undefined,
  bad: readonly number[],
): Pick<FaultFigures, 'scrapedAfter' | 'judgedAfter' | 'leftAfter'> {
  const { until } = (record?.evidence ?? {}) as { until?: number };
  const scraped = until ?? NaN;
  const tripped = record?.trippedAt ?? NaN;
  const { timeOrigin } = performance;
  return {
    scrapedAfter: scraped - (timeOrigin + Math.min(...bad)),
    judgedAfter: tripped - scraped,
    leftAfter: timeOrigin + Math.max(...bad) - tripped,
  };
}

async function untilLeft(loads: readonly SteadyLoad[]): Promise<void> {
  await eventually(() => {
    const since = performance.now() - QUIET_MS;
    const isMet = loads.some(({ answers }) =>
      answers.some(({ sent, version }) => sent > since && version === 'v2'),
    );
    if (isMet) throw new Error('the new version still answers');
  }, 60_000);
}

/** What is allowed at the rate at which the version answered until it failed. */
function limitOf(answers: readonly LoadAnswer[], since: number, scrapeMs: number): number {
  const before = answers.filter(({ sent }) => sent < since);
  const perMs =
    before.filter(({ version }) => version === 'v2').length /
    ((before.at(-1)?.sent ?? NaN) - (before[0]?.sent ?? NaN));
  return scrapeMs + REACTION_MS + ANSWERS_TO_JUDGE / perMs;
}
