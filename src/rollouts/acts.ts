import type { Image } from '../domain/image.js';
import type { Plan } from '../domain/plan.js';
import { abortRollout } from '../domain/rollout/abort.js';
import type { ActInput } from '../domain/rollout/act.js';
import { overrideGuard } from '../domain/rollout/override-guard.js';
import { pauseRollout } from '../domain/rollout/pause.js';
import { positionOf } from '../domain/rollout/position.js';
import { promoteRollout } from '../domain/rollout/promote.js';
import { resumeRollout } from '../domain/rollout/resume.js';
import { startRollout } from '../domain/rollout/start.js';
import { positionToken } from '../domain/rollout.js';
import type { SourceSetup } from '../domain/source-setup.js';

/** What a person can do to a rollout. */
export type Act = 'start' | 'promote' | 'pause' | 'resume' | 'abort';

interface Named {
  readonly key: string;
  /** `run.step.state` as the caller read it. */
  readonly expectedPosition?: string | null;
}

const ACTS = {
  start: startRollout,
  promote: promoteRollout,
  pause: pauseRollout,
  resume: resumeRollout,
  abort: abortRollout,
};

/** Lets a rollout go on though a guard of it has tripped; which position is meant is as in `deciderOf`. */
export function overrideDecider({ guard, ...named }: Named & { readonly guard: string }): Decider {
  return positioned(named, false, (image, input, now) => overrideGuard(image, { ...input, guard }, now));
}

/**
 * Decides an act for one request. Where the request names no position, the act is meant for the one that is found first:
 * decided again at another, it is STALE_REVISION, so that two people who promote at once move one step. An abort that names
 * none is meant for any. `setup`: what the service was told of sources, for warnings.
 */
export function deciderOf(act: Act, named: Named, setup?: SourceSetup): Decider {
  const known = setup === undefined ? {} : { setup };
  return positioned(named, act === 'abort', (image, input, now) =>
    ACTS[act](image, { ...input, ...known }, now),
  );
}

type Decider = (image: Image, now: number) => Plan;

function positioned(
  { key, expectedPosition }: Named,
  isMeantForAny: boolean,
  decide: (image: Image, input: ActInput, now: number) => Plan,
): Decider {
  let expected = expectedPosition || undefined;
  return (image, now) => {
    if (!isMeantForAny) expected ??= positionToken(positionOf(image, key).position);
    const input = { rollout: key, ...(expected === undefined ? {} : { expectedPosition: expected }) };
    return decide(image, input, now);
  };
}
