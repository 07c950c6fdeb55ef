import { Injectable, Logger } from '@nestjs/common';
import type { StoredState } from '../domain/change.js';
import { shownLine } from '../domain/guard/combination.js';
import { type EvidenceCurve, grownCurve } from '../domain/guard/evidence-curve.js';
import { type Image, stateKey } from '../domain/image.js';
import { watchedGuards } from '../domain/rollout/watched-guards.js';
import { Store } from '../ports/store.js';
import { isOvertaken, warningOf } from './failure.js';
import { every } from './pace.js';
import type { Duty, Term } from './term.js';

const TICK = 5_000;
const CURVE = /^curve\/([^/]+)\/(.+)$/;

/** Keeps how the evidence of each guard in use grew, to be drawn: a few points an hour, more where much happens. */
@Injectable()
export class CurveRecorder implements Duty {
  readonly name = 'curve-recorder';
  readonly #log = new Logger(CurveRecorder.name);

  constructor(private readonly store: Store) {}

  run(term: Term): Promise<void> {
    return every(TICK, term.signal, () => this.#look(term), warningOf(this.#log, term.environment));
  }

  async #look(term: Term): Promise<void> {
    const { environment, signal } = term;
    if (!this.store.available(environment)) return;
    const image = await this.store.image(environment);
    const edits = [...grownCurves(image, await this.store.now()), ...leftBehind(image)];
    for (const edit of edits) {
      if (signal.aborted) return;
      await this.#write(term, edit);
    }
  }

  async #write({ environment, lease }: Term, edit: CurveEdit): Promise<void> {
    try {
      await this.store.writeState(environment, edit, lease);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    }
  }
}

interface CurveEdit {
  readonly key: string;
  readonly value: EvidenceCurve | null;
  readonly expected: number;
}

/** Of guards in use, by what their records in the store say. */
function grownCurves(image: Image, now: number): CurveEdit[] {
  return watchedGuards(image, now).flatMap(({ guard, subject, record, revision, situation }) => {
    if (revision === 0) return [];
    const key = stateKey.curve(guard.key, subject);
    const kept = image.states.get(key) as StoredState<EvidenceCurve> | undefined;
    const grown = grownCurve(kept?.value ?? null, record, shownLine(guard, situation.combined));
    if (grown === null || grown === kept?.value) return [];
    return [{ key, value: grown, expected: kept?.revision ?? 0 }];
  });
}

/** Curves whose guard has no record of that subject any more: it was deleted, or its rollout. */
function leftBehind(image: Image): CurveEdit[] {
  return [...image.states].flatMap(([key, { revision }]) => {
    const [, guard, subject] = CURVE.exec(key) ?? [];
    if (guard === undefined || subject === undefined) return [];
    return image.states.has(stateKey.guard(guard, subject)) ? [] : [{ key, value: null, expected: revision }];
  });
}
