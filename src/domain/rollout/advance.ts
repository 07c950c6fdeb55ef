import type { StateEdit } from '../change.js';
import type { Image } from '../image.js';
import type { RolloutPosition } from '../rollout.js';
import { type PlannedCommit, positionEdit, type Standing } from './act.js';
import { holdOf, opinionOf, type Verdict } from './go.js';
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
 */
export function advance(image: Image, rollout: string, now: number): Advance {
  const standing = runningRollout(image, rollout);
  if (standing === null) return STAY;
  const { value } = standing.rollout;
  const verdicts = verdictsOn(image, standing);
  const opinions = verdicts.map((verdict) => opinionOf(verdict, value, standing.position, now));
  const applied = tableTrouble(image, value, now);
  const counts = applied === null && !opinions.some(({ stopsClock }) => stopsClock);
  const held = heldUntil(standing.position, now);
  const trouble = applied ?? opinions.find((opinion) => opinion.trouble !== null)?.trouble ?? null;
  const hold = holdOf(value, standing.position);
  const isHeld = counts && hold !== null && held >= hold;
  const waiting = trouble ?? (isHeld ? readyTrouble(image, value, now) : null);
  if (!isHeld || waiting !== null) {
    const words = waiting ?? (hold === null ? 'Held until somebody promotes.' : '');
    return stay(standing, { ...standing.position, held, heldAt: counts ? now : null, waiting: words });
  }
  const last = standing.position.step + 1 >= value.steps.length;
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
