import { Budget } from './budget.js';

/** What one token may do at one process, times a second; 0 = no limit. */
export interface Rates {
  /** Requests of the admin API. */
  readonly api: number;
  /** Requests of SDKs: evaluations, snapshots, batches of events. */
  readonly evaluation: number;
  /** Streams and subscriptions that are opened. */
  readonly streams: number;
  /** Attempts by an address to authenticate that may fail, a minute. */
  readonly failures: number;
}

/** Token of the rates that the settings ask for. */
export const RATES = Symbol('RATES');

export const NO_RATES: Rates = { api: 0, evaluation: 0, streams: 0, failures: 0 };

/** What one token has left. */
export interface Budgets {
  readonly api: Budget;
  readonly evaluation: Budget;
  readonly streams: Budget;
}

export function budgetsOf({ api, evaluation, streams }: Rates): Budgets {
  return { api: new Budget(api), evaluation: new Budget(evaluation), streams: new Budget(streams) };
}
