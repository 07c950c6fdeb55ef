import type { StateEdit } from '../change.js';
import type { Image } from '../image.js';
import type { RolloutPosition } from '../rollout.js';
import { type PlannedCommit, positionEdit, type Standing } from './act.js';
import { holdOf, type Look, opinionOf, type Verdict } from './go.js';
import { heldUntil } from './held.js';
import { keptRecord } from './latches.js';
import { positionOf } from './position.js';
import { readyTrouble, tableTrouble } from './readiness.js';
import { sidesOf } from './sides.js';
import { moveOn } from './step.js';

/** What a look at a running rollout comes to. `state` null: nothing has to be written. */
export type Advance =
  | { readonly decision: 'stay'; readonly state: StateEdit | null }
  | { readonly decision: 'next' | 'complete'; readonly commit: PlannedCommit };

const STAY: Advance = { decision: 'stay', state: null };
/** How often the held time is written down while it counts, ms. */
const CHECKPOINT = 5_000;

/**
 * Decides on one rollout at `now` (store time). It goes on when the present step was held for its hold, every guard
 * lets it, and the route's last table is applied with the new version ready. Held time counts only while it is running,
 * this step's table is applied, and no guard is warming, blind or untrusted. Anything but a running rollout stays.
 * `since` is when the process that looks began to lead (store time): a verdict of its predecessor that leaves out what
 * came before lets nothing go on.
 */
export function advance(image: Image, rollout: string, now: number, since = 0): Advance {
  const standing = runningRollout(image, rollout);
  if (standing === null) return STAY;
  const verdicts = verdictsOn(image, standing);
  const { counts, trouble } = progressOf(image, standing, verdicts, { now, since });
  const held = heldUntil(standing.position, now);
  const hold = holdOf(standing.rollout.value, standing.position);
  const isHeld = counts && isOver(hold, held);
  const waiting = trouble ?? (isHeld ? readyTrouble(image, standing.rollout.value, now) : null);
  if (isHeld && waiting === null) return goOn(image, standing, verdicts, now);
  const heldAt = counts ? now : null;
  return stay(standing, { ...standing.position, held, heldAt, waiting: waiting ?? wordsOn(hold) });
}

/** Whether the time counts as held, and what stands in the way of going on, in words. */
function progressOf(
  image: Image,
  { rollout: { value }, position }: Standing,
  verdicts: readonly Verdict[],
  look: Look,
): { readonly counts: boolean; readonly trouble: string | null } {
  const opinions = verdicts.map((verdict) => opinionOf(verdict, value, position, look));
  const applied = tableTrouble(image, value, look.now);
  return {
    counts: applied === null && !opinions.some(({ stopsClock }) => stopsClock),
    trouble: applied ?? opinions.find(({ trouble }) => trouble !== null)?.trouble ?? null,
  };
}

function isOver(hold: number | null, held: number): boolean {
  return hold !== null && held >= hold;
}

function wordsOn(hold: number | null): string {
  return hold === null ? 'Held until somebody promotes.' : '';
}

function goOn(image: Image, standing: Standing, verdicts: readonly Verdict[], now: number): Advance {
  const last = standing.position.step + 1 >= standing.rollout.value.steps.length;
  const commit = moveOn(image, standing, { kind: 'step', now, evidence: { guards: evidenceOf(verdicts) } });
  return { decision: last ? 'complete' : 'next', commit };
}

function runningRollout(image: Image, key: string): Standing | null {
  const rollout = image.documents.get('rollout', key);
  const stored = positionOf(image, key);
  if (rollout === undefined || stored.position.state !== 'running') return null;
  return { rollout, ...stored, sides: sidesOf(image.documents, rollout.value) };
}

function verdictsOn(image: Image, { rollout }: Standing): Verdict[] {
  return rollout.value.guards.flatMap((key) => {
    const guard = image.documents.value('guard', key);
    return guard === undefined
      ? []
      : [{ guard, record: keptRecord(image, key, `rollout/${rollout.key}`).record }];
  });
}

function stay(standing: Standing, to: RolloutPosition): Advance {
  const { position } = standing;
  const isSame = (position.heldAt === null) === (to.heldAt === null) && position.waiting === to.waiting;
  const isDue = to.heldAt !== null && position.heldAt !== null && to.heldAt - position.heldAt >= CHECKPOINT;
  if (isSame && !isDue) return STAY;
  return { decision: 'stay', state: positionEdit(standing.rollout.key, to, standing) };
}

function evidenceOf(verdicts: readonly Verdict[]): unknown {
  return verdicts.map(({ guard, record }) => ({
    guard: guard.key,
    state: record?.state ?? 'warming',
    logE: record?.logE ?? null,
    windows: record?.windows ?? 0,
    ...record?.sums,
  }));
}
