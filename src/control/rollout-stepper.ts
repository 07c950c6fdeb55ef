import { Injectable, Logger } from '@nestjs/common';
import { advance, type Advance } from '../domain/rollout/advance.js';
import { unfinishedRollouts } from '../domain/rollout/position.js';
import { Store } from '../ports/store.js';
import { describeFailure, isOvertaken, warningOf } from './failure.js';
import { every } from './pace.js';
import type { Duty, Term } from './term.js';

const TICK = 500;

/** Moves running rollouts on: looks at each twice a second and writes what `advance` decides. */
@Injectable()
export class RolloutStepper implements Duty {
  readonly name = 'rollout-stepper';
  readonly #log = new Logger(RolloutStepper.name);

  constructor(private readonly store: Store) {}

  /** Without a store nothing is decided: what the image says may be long past. */
  run(term: Term): Promise<void> {
    let since: number | null = null;
    const look = async (): Promise<void> => {
      if (!this.store.available(term.environment)) return;
      since ??= await this.store.now();
      await this.#look(term, since);
    };
    return every(TICK, term.signal, look, warningOf(this.#log, term.environment));
  }

  async #look(term: Term, since: number): Promise<void> {
    const now = await this.store.now();
    const image = await this.store.image(term.environment);
    const running = unfinishedRollouts(image).filter(({ position }) => position.state === 'running');
    for (const { rollout } of running) {
      if (term.signal.aborted) return;
      // Most of the time nothing is to be done, of hundreds of rollouts: only what is gets a moment and an image of its own.
      if (isNothing(advance(image, rollout.key, now, since))) continue;
      try {
        await this.#step(term, rollout.key, since);
      } catch (error) {
        if (!isOvertaken(error)) this.#log.warn(`rollout ${rollout.key}: ${describeFailure(error)}`);
      }
    }
  }

  async #step(term: Term, rollout: string, since: number): Promise<void> {
    const now = await this.store.now();
    const image = await this.store.image(term.environment);
    const result = advance(image, rollout, now, since);
    if (result.decision !== 'stay') await this.#move(term, rollout, result);
    else if (result.state !== null) await this.store.writeState(term.environment, result.state, term.lease);
  }

  async #move(
    { environment, lease }: Term,
    rollout: string,
    { decision, commit }: Exclude<Advance, { decision: 'stay' }>,
  ): Promise<void> {
    const { step, of, reach, early } = commit.event?.evidence ?? {};
    const sooner = early === true ? ', early, since no harm is shown' : '';
    const reason =
      decision === 'complete'
        ? `all ${String(of)} steps held: complete`
        : `step ${String(step)} of ${String(of)}: ${String(reach)}${sooner}`;
    await this.store.commit(environment, { ...commit, lease, actor: `rollout:${rollout}`, reason });
    this.#log.log(`rollout ${rollout} of ${environment}: ${reason}`);
  }
}

function isNothing(result: Advance): boolean {
  return result.decision === 'stay' && result.state === null;
}
