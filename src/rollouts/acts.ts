import type { Image } from '../domain/image.js';
import type { Plan } from '../domain/plan.js';
import { abortRollout } from '../domain/rollout/abort.js';
import { pauseRollout } from '../domain/rollout/pause.js';
import { promoteRollout } from '../domain/rollout/promote.js';
import { resumeRollout } from '../domain/rollout/resume.js';
import { startRollout } from '../domain/rollout/start.js';

/** What a person can do to a rollout. */
export type Act = 'start' | 'promote' | 'pause' | 'resume' | 'abort';

type Decide = (image: Image, input: { rollout: string; expectedPosition?: string }, now: number) => Plan;

export const ACTS: Record<Act, Decide> = {
  start: startRollout,
  promote: promoteRollout,
  pause: pauseRollout,
  resume: resumeRollout,
  abort: abortRollout,
};
