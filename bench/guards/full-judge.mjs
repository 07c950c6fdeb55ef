import { guardSchema } from '../../dist/src/domain/guard.js';
import { ALONE } from '../../dist/src/domain/guard/combination.js';
import { judge } from '../../dist/src/domain/guard/judge.js';
import { freshRecord } from '../../dist/src/domain/guard/record.js';
import { WINDOW } from './detector.mjs';

/** The whole judge beside the accumulators: any difference, to the last bit, ends the run. */
export class FullJudge {
  #guard;
  #plan;
  #record = freshRecord(1, 0);

  constructor(guard, plan) {
    this.#guard = guardSchema.parse({ key: 'judged', source: 'prometheus', template: 'envoy', ...guard });
    this.#plan = plan;
  }

  /** Of one window; `reading`: what its source tells beside it. `expected`: logE, and whether it trips. */
  agrees(window, expected, reading = {}) {
    const { record, decision, logE } = judge({
      guard: this.#guard,
      record: this.#record,
      reading: {
        windows: [window],
        watermark: window.to,
        unknown: null,
        lost: 0,
        windowLength: WINDOW,
        ...reading,
      },
      situation: {
        now: window.to,
        combined: ALONE,
        comparable: true,
        plan: this.#plan,
        step: { startedAt: 0, holdMs: null },
      },
    });
    this.#record = record;
    if (logE !== expected.logE || (decision === 'trip') !== expected.trips)
      throw new Error(
        `window to ${window.to}: judge says ${decision} at ${logE}, the accumulators ${expected.trips} at ${expected.logE}`,
      );
  }
}
