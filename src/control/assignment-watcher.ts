import { Injectable, Logger } from '@nestjs/common';
import type { Image } from '../domain/image.js';
import { stateKey } from '../domain/image.js';
import { revisionsOf } from '../domain/rollout/act.js';
import { type Assignment, assess, assignmentOf } from '../domain/rollout/assignment.js';
import { rolloutEvent } from '../domain/rollout/evidence.js';
import { type UnfinishedRollout, unfinishedRollouts } from '../domain/rollout/position.js';
import { seriesOf } from '../domain/rollout/unit-series.js';
import { isSameJson } from '../domain/same-json.js';
import { Store } from '../ports/store.js';
import { describeFailure, isOvertaken, warningOf } from './failure.js';
import { every } from './pace.js';
import type { Duty, Term } from './term.js';

const TICK = 2_000;

/**
 * Holds the users that a rollout's arms were given against its weights, wherever a guard goes by events. Once they can't both
 * be true it is told, and the guards say `untrusted` until the next run.
 */
@Injectable()
export class AssignmentWatcher implements Duty {
  readonly name = 'assignment-watcher';
  readonly #log = new Logger(AssignmentWatcher.name);

  constructor(private readonly store: Store) {}

  run(term: Term): Promise<void> {
    return every(TICK, term.signal, () => this.#look(term), warningOf(this.#log, term.environment));
  }

  async #look(term: Term): Promise<void> {
    if (!this.store.available(term.environment)) return;
    const image = await this.store.image(term.environment);
    for (const one of unfinishedRollouts(image).filter((each) => countsEvents(image, each))) {
      if (term.signal.aborted) return;
      try {
        await this.#assess(term, image, one);
      } catch (error) {
        if (!isOvertaken(error)) this.#log.warn(`rollout ${one.rollout.key}: ${describeFailure(error)}`);
      }
    }
  }

  async #assess(term: Term, image: Image, unfinished: UnfinishedRollout): Promise<void> {
    const { rollout, position } = unfinished;
    const series = seriesOf(unfinished);
    if (rollout.value.flag === null || series === null) return;
    const { assigned } = await this.store.readUnits(term.environment, series, 0, -1);
    const { assignment: before, revision } = assignmentOf(image, rollout.key);
    const now = await this.store.now();
    const after = assess(before, { arms: rollout.value.flag, position, assigned, now });
    if (isSameJson(before, after)) return;
    const state = { key: stateKey.assignment(rollout.key), value: after, expected: revision };
    if (after.untrustedAt === now) await this.#tell(term, image, unfinished, { after, state });
    else await this.store.writeState(term.environment, state, term.lease);
  }

  /** Once a run: that events can't be trusted is an event of the rollout. */
  async #tell(
    { environment, lease }: Term,
    image: Image,
    { rollout, position }: UnfinishedRollout,
    { after, state }: { readonly after: Assignment; readonly state: Parameters<Store['writeState']>[1] },
  ): Promise<void> {
    const { words, logE, epochs } = after;
    await this.store.commit(environment, {
      edits: [],
      state: [state],
      event: rolloutEvent('mismatch', rollout.value, position, { words, logE, epochs }),
      ...revisionsOf(image, [], [`rollout/${rollout.key}`]),
      lease,
      actor: `rollout:${rollout.key}`,
      reason: words,
    });
    this.#log.error(`rollout ${rollout.key} of ${environment}: events can't be trusted: ${words}`);
  }
}

function countsEvents({ documents }: Image, { rollout }: UnfinishedRollout): boolean {
  return rollout.value.guards.some((key) => documents.value('guard', key)?.source === 'events');
}
