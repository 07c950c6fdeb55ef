/** How a table fares that somebody else keeps changing in the mesh. Times in ms. */
export interface Contest {
  /** When we wrote it again over an edit of somebody else, oldest first. */
  readonly repairs: readonly number[];
  /** How often we have yielded, one time after the other. */
  readonly yields: number;
  /** Until when the other's edit stands; null while we don't yield. */
  readonly until: number | null;
}

/** `repair`: write now. `wait`: soon. `yield`: leave the other's edit, and say so. */
export type ContestAct = 'repair' | 'wait' | 'yield';

export const NO_CONTEST: Contest = { repairs: [], yields: 0, until: null };

/** So many repairs within the window are a person or two; what undoes those as well is a machine. */
export const MOST_REPAIRS = 5;
export const WINDOW = 60_000;
/** Wait between two repairs after the first: this, twice this, … */
const FIRST_WAIT = 500;
/** How long we yield: this, twice this, … at most `LONGEST_YIELD`. */
const FIRST_YIELD = 60_000;
export const LONGEST_YIELD = 900_000;

/**
 * What to do about an edit of somebody else that is seen at `now`. The first is repaired at once, the next ones with
 * growing waits; after `MOST_REPAIRS` within the window we yield. After a while it is tried once: where that is undone
 * as well, we yield for twice as long.
 */
export function meetEdit(
  contest: Contest,
  now: number,
): { readonly act: ContestAct; readonly contest: Contest } {
  const kept = forgotten(contest, now);
  if (kept.until !== null) {
    return now < kept.until
      ? { act: 'yield', contest: kept }
      : { act: 'repair', contest: { ...kept, until: null } };
  }
  const recent = kept.repairs.filter((at) => now - at < WINDOW);
  if (recent.length >= (kept.yields === 0 ? MOST_REPAIRS : 1)) {
    const pause = Math.min(LONGEST_YIELD, FIRST_YIELD * 2 ** kept.yields);
    return { act: 'yield', contest: { repairs: recent, yields: kept.yields + 1, until: now + pause } };
  }
  const last = recent.at(-1);
  const wait = FIRST_WAIT * 2 ** (recent.length - 1);
  const act = last !== undefined && now - last < wait ? 'wait' : 'repair';
  return { act, contest: { ...kept, repairs: recent } };
}

/** The table was written again at `now`. */
export function repaired(contest: Contest, now: number): Contest {
  return { ...contest, repairs: [...contest.repairs, now] };
}

/** Who has been left alone for as long as we would ever yield begins anew. */
function forgotten(contest: Contest, now: number): Contest {
  const last = Math.max(contest.until ?? 0, ...contest.repairs);
  return contest.yields > 0 && now - last > LONGEST_YIELD ? NO_CONTEST : contest;
}
