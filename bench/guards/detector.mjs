import { accumulate } from '../../dist/src/domain/guard/accumulate.js';
import { massOf } from '../../dist/src/domain/guard/mass.js';
import { ratioLlrs } from '../../dist/src/domain/guard/ratio-evidence.js';

export const WINDOW = 5_000;

export const planOf = (windows) => ({ plannedEnd: windows * WINDOW, paused: false, endless: false });

/** The exported accumulator, fed as `judge` feeds it, without records, words and states: a day in some milliseconds. */
export class Detector {
  logE = null;
  #logs = [];
  #spent = 0;
  #bad = 0;
  #line;

  constructor({ margin, phi, alpha, minEvents }, windows) {
    this.margin = margin;
    this.phi = phi;
    this.minEvents = minEvents;
    this.plan = planOf(windows);
    this.#line = Math.log(1 / alpha);
  }

  /** Takes window number `i`; true when the line is reached. */
  take(i, counts) {
    if (counts.newTotal === 0 || counts.controlTotal === 0) return false;
    const span = { from: i * WINDOW, to: (i + 1) * WINDOW };
    const { mass, planned } = massOf(span, this.plan, { spent: this.#spent, first: this.logE === null });
    const { logs, logE } = accumulate(this.#logs, ratioLlrs(counts, this.margin), { mass, phi: this.phi });
    this.#logs = logs;
    this.logE = logE;
    this.#spent = Math.min(1, this.#spent + planned);
    this.#bad += counts.newBad;
    return logE >= this.#line && this.#bad >= this.minEvents;
  }
}

/** Wald's test of one arm that is told the true share and the true ratio: nobody can be faster on average. */
export class Oracle {
  #evidence = 0;

  constructor({ share, ratio, alpha }) {
    this.gain = Math.log(ratio);
    this.cost = share * (ratio - 1);
    this.line = Math.log(1 / alpha);
  }

  take(_, { newBad, newTotal }) {
    this.#evidence += newBad * this.gain - newTotal * this.cost;
    return this.#evidence >= this.line;
  }
}
