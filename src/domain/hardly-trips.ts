import { RATIO_GRID } from './guard/accumulate.js';
import { DROP_GRID } from './guard/drop-evidence.js';
import { meanSettings } from './guard/allowed.js';
import { countInWords } from './guard/words.js';
import { isCombined } from './guard-kind.js';
import { type Guard, type GuardInput, guardSchema } from './guard.js';
import type { Warning } from './problem.js';

/** How many times worse than the control (threshold: than that) a new arm is that any guard should find. */
const TENFOLD = 10;
/**
 * Events of the new arm from which on a guard is said to hardly trip, where such an arm takes more of them to be found. As shipped it takes
 * about 9 (latency 13, drop 18), and with what bursts or pods that scatter most speak for, phi 9 to 26, about 40 to 120: this is
 * a hundred times the first. Where so much comes, the guard works, and the warning can be passed over.
 */
const MOST_EVENTS = 1_000;

/** Settings that can keep a guard from tripping, what is usual of each, and what mends it. */
const MENDS = {
  phi: 'lower phi',
  alpha: 'raise alpha',
  margin: 'bring margin nearer to 1',
  threshold: 'lower threshold',
  minEvents: 'lower minEvents',
} as const;
type Setting = keyof typeof MENDS;
const SETTINGS = Object.keys(MENDS) as Setting[];

/** A guard that needs so much evidence, or allows so much, that it practically never trips: HARDLY_TRIPS at the setting that does most to it. */
export function hardlyTrips(guard: Guard): Warning[] {
  if (!isCombined(guard.kind)) return [];
  const events = eventsToFind(guard);
  if (events <= MOST_EVENTS) return [];
  const field = decidingSetting(guard);
  const set = `With ${field} ${guard[field]}`;
  const words = Number.isFinite(events)
    ? `${set} it takes about ${countInWords(Number(events.toPrecision(2)))} ${UNITS[guard.kind]} of the new arm to find ${tenfold(guard)}, so that guard "${guard.key}" hardly ever trips`
    : `${set} guard "${guard.key}" does not even find ${tenfold(guard)}`;
  return [{ code: 'HARDLY_TRIPS', field, message: `${words}: ${MENDS[field]}.` }];
}

const UNITS: { readonly [kind in Guard['kind']]?: string } = {
  ratio: 'bad events',
  latency: 'slow requests',
  drop: 'events',
  mean: 'values',
};

function tenfold({ kind, margin, ...guard }: Guard): string {
  if (kind === 'ratio' && margin === null)
    return (guard.threshold ?? 0) * TENFOLD > 1 ? 'that all is bad' : 'ten times the threshold';
  return isLowerWorse({ kind, mean: guard.mean })
    ? 'a tenth of what the control has'
    : 'ten times what the control has';
}

/**
 * How many events (values of a mean that scatters as much as it is high; for a drop those that would have come) the new arm has to bring until
 * half of all that are ten times worse are found, where it has a small share of all: `φ·(ln(1/α) + 1)` over what one of them tells. Infinity: none are.
 */
export function eventsToFind(guard: Guard): number {
  const { kind, margin, threshold, alpha, phi, minEvents } = guard;
  const evidence = phi * (1 - Math.log(alpha));
  const told = (gain: number): number => (gain > 0 ? evidence / gain : Infinity);
  const allowed = margin ?? 1;
  switch (kind) {
    case 'drop':
      return told(gainOfMissing(allowed));
    case 'mean':
      return told(gainOfValue(allowed, isLowerWorse(guard)));
    default: {
      const worse = kind === 'ratio' && margin === null ? 0 : told(gainOfBad(TENFOLD / allowed));
      // No share is above 1.
      const above = threshold === null ? 0 : told(gainOfBad(Math.min(TENFOLD, 1 / threshold)));
      return Math.max(worse, above, minEvents);
    }
  }
}

/** What a bad event tells where they come `ratio` times as often as is allowed: of the best alternative that is bet on. */
function gainOfBad(ratio: number): number {
  return Math.max(...RATIO_GRID.map((step) => Math.log(step) - (step - 1) / ratio));
}

/** What an event that would have come tells where nine of ten don't. */
function gainOfMissing(margin: number): number {
  return Math.max(...DROP_GRID.map((step) => Math.log(step) / TENFOLD + margin * (1 - step)));
}

/** What a value tells: half the square of how far off it is, in its scatter. */
function gainOfValue(margin: number, isLower: boolean): number {
  const off = isLower ? margin - 1 / TENFOLD : 1 - margin / TENFOLD;
  return off > 0 ? off ** 2 / 2 : 0;
}

function isLowerWorse(guard: Pick<Guard, 'kind' | 'mean'>): boolean {
  return guard.kind === 'drop' || (guard.kind === 'mean' && meanSettings(guard).worse === 'lower');
}

/** The setting that mends most where it alone is as usual. */
function decidingSetting(guard: Guard): Setting {
  const usual = usualOf(guard);
  const given = SETTINGS.filter((name) => guard[name] !== null);
  const mended = (name: Setting): number => eventsToFind({ ...guard, [name]: usual[name] });
  return given.reduce((best, name) => (mended(name) < mended(best) ? name : best));
}

function usualOf(guard: Guard): { readonly [name in Setting]: number } {
  const input: GuardInput = { key: 'usual', source: 'prometheus', kind: guard.kind };
  const { phi, alpha, minEvents } = guardSchema.parse(input);
  return { phi, alpha, minEvents, margin: isLowerWorse(guard) ? 0.9 : 1.2, threshold: 0.05 };
}
