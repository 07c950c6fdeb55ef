/** Beyond this nobody waits, s: ten years. */
const NEVER = 3.2e8;

/** The seconds, within a thousandth, after which expected evidence has reached `line` for good; null where it doesn't in ten years. */
export function timeUntil(line: number, logEAt: (seconds: number) => number): number | null {
  let [early, late] = [0, 1];
  while (logEAt(late) < line) {
    early = late;
    late *= 2;
    if (late > NEVER) return null;
  }
  while (late - early > late / 1_000) {
    const middle = (early + late) / 2;
    if (logEAt(middle) < line) early = middle;
    else late = middle;
  }
  return late;
}
