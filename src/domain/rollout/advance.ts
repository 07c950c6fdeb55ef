import type { StateEdit } from '../change.js';
import type { Image } from '../image.js';
import type { RolloutPosition } from '../rollout.js';
import { type PlannedCommit, positionEdit, type Standing } from './act.js';
import { noHarmSince } from '../guard/no-harm.js';
import { isEarly } from './early.js';
import { counts, heldBy, holdOf, type Look, opinionOf, type Verdict } from './go.js';
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
 * Decides on one rollout at `now` (store time). It goes on when the present step was held for its hold, or for its `earlyAfter` and
 * no harm is shown, every guard lets it, and the route's last table is applied with the new version ready. Held time counts only while it is running,
 * this step's table is applied, and no guard is warming, blind or untrusted. Anything but a running rollout stays.
 * `since` is when the process that looks began to lead (store time): a verdict of its predecessor that leaves out what
 * came before lets nothing go on.
 */
export function advance(image: Image, rollout: string, now: number, since = 0): Advance {
  const standing = runningRollout(image, rollout);
  if (standing === null) return STAY;
  const verdicts = verdictsOn(image, standing);
  const { isCounting, trouble } = progressOf(image, standing, verdicts, { now, since });
  const held = heldUntil(standing.position, now);
  const hold = holdOf(standing.rollout.value, standing.position);
  const end = isCounting ? endOf(standing, { hold, held, verdicts }) : null;
  const waiting = trouble ?? (end === null ? null : readyTrouble(image, standing.rollout.value, now));
  if (end !== null && waiting === null) return goOn(image, standing, { verdicts, end, now });
  const heldAt = isCounting ? now : null;
  return stay(standing, { ...standing.position, held, heldAt, waiting: waiting ?? wordsOn(hold) });
}

/** Whether the time counts as held, and what stands in the way of going on, in words. */
function progressOf(
  image: Image,
  { rollout: { value }, position }: Standing,
  verdicts: readonly Verdict[],
  look: Look,
): { readonly isCounting: boolean; readonly trouble: string | null } {
  const opinions = verdicts.map((verdict) => opinionOf(verdict, value, position, look));
  const applied = tableTrouble(image, value, look.now);
  return {
    isCounting: applied === null && !opinions.some(({ stopsClock }) => stopsClock),
    trouble: applied ?? heldBy(opinions),
  };
}

/** Why a step may end: it was held for its `hold`, or `early`, since no harm was shown; null: it may not. */
type End = 'held' | 'early' | null;

function endOf(
  { rollout: { value }, position }: Standing,
  {
    hold,
    held,
    verdicts,
  }: { readonly hold: number | null; readonly held: number; readonly verdicts: readonly Verdict[] },
): End {
  if (hold !== null && held >= hold) return 'held';
  const guards = verdicts.filter(({ guard }) => counts(guard, value, position));
  return isEarly(value, position, { held, guards }) ? 'early' : null;
}

function wordsOn(hold: number | null): string {
  return hold === null ? 'Held until somebody promotes.' : '';
}

function goOn(
  image: Image,
  standing: Standing,
  { verdicts, end, now }: { readonly verdicts: readonly Verdict[]; readonly end: End; readonly now: number },
): Advance {
  const last = standing.position.step + 1 >= standing.rollout.value.steps.length;
  const guards = evidenceOf(verdicts, standing.position);
  const evidence = { ...(end === 'early' && { early: true }), guards };
  const commit = moveOn(image, standing, { kind: 'step', now, evidence });
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

function evidenceOf(verdicts: readonly Verdict[], { stepStartedAt }: RolloutPosition): unknown {
  return verdicts.map(({ guard, record }) => ({
    guard: guard.key,
    state: record?.state ?? 'warming',
    logE: record?.logE ?? null,
    windows: record?.windows ?? 0,
    ...(record?.noHarm && { noHarm: noHarmSince(record.noHarm, stepStartedAt) }),
    ...record?.sums,
  }));
}
