/** Spells every key and channel in Redis. All keys of a scope share its hash tag, so one Cluster node has them. */
export class RedisKeys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Hash: epoch, epochs, revision, run (run_id of the server that the epoch began on), claim, touched, countedSince, namedFrom (id of the first verdict of which it is noted whose it was, and all after it). */
  meta(scope: string): string {
    return this.#of(scope, 'meta');
  }

  /** Hash: ref → `<revision> <JSON>`. */
  documents(scope: string): string {
    return this.#of(scope, 'documents');
  }

  /** Hash: `<segment> <targeting key>` → `i` (included) or `e` (excluded), the lists of all segments. */
  listed(scope: string): string {
    return this.#of(scope, 'listed');
  }

  /** Stream: one entry `<revision>-0` per change, fields at, was, about, change, in this order. */
  log(scope: string): string {
    return this.#of(scope, 'log');
  }

  /** Stream: entries that verdicts were decided on, field verdict (JSON). */
  verdicts(scope: string): string {
    return this.#of(scope, 'verdicts');
  }

  /** Sorted set: ids of a guard's verdicts by their time, epoch ms. */
  verdictsOf(scope: string, guard: string): string {
    return this.#of(scope, `verdicts:${guard}`);
  }

  /** Hash: key → `<revision> <JSON>`. */
  states(scope: string): string {
    return this.#of(scope, 'states');
  }

  /** Sorted set: state key by the number of its last write, `touched` in meta. */
  touched(scope: string): string {
    return this.#of(scope, 'touched');
  }

  /** Hash: name → lease, see lease.lua. */
  leases(scope: string): string {
    return this.#of(scope, 'leases');
  }

  /** String: `<epoch> <revision> <input> <JSON of the answer>`, for 24 hours. */
  request(scope: string, idempotencyKey: string): string {
    return this.#of(scope, `request:${idempotencyKey}`);
  }

  /** String: last sequence of a client that sends counts. */
  client(scope: string, client: string): string {
    return this.#of(scope, `client:${client}`);
  }

  /** Hash: `c<series>` → count, `s<series>` → sum. */
  counts(scope: string, window: number): string {
    return this.#of(scope, `counts:${window}`);
  }

  /** Hash: `<series> <time>` → `<when it came> <JSON of the point>`. */
  points(scope: string, window: number): string {
    return this.#of(scope, `points:${window}`);
  }

  /** Hash: `<hour of the day>|<variant>` → evaluations of a flag on one day, by number. */
  usage(scope: string, day: number, flag: string): string {
    return this.#of(scope, `usage:${day}:${flag}`);
  }

  /** Hash: `<flag>|<variant>` → when it was last evaluated in one period of usage, by number. */
  seen(scope: string, period: number): string {
    return this.#of(scope, `seen:${period}`);
  }

  /**
   * Hash of one series: `u<hash>` → `<variant> <window>` of its first exposure, `d<event>|<hash>` → `.` once that was
   * counted, or the window in which it waits for the exposure.
   */
  units(scope: string, series: string): string {
    return this.#of(scope, `units:${series}`);
  }

  /** Hash of one series: `w<window>` → JSON of its cohort, assigned and events (JSON), kept, waiting, pruned. */
  cohorts(scope: string, series: string): string {
    return this.#of(scope, `cohorts:${series}`);
  }

  /** Hash: layout, createdAt. */
  layout(): string {
    return `${this.#prefix}{@layout}`;
  }

  /** String: who migrates. */
  layoutLease(): string {
    return `${this.#prefix}{@layout}:lease`;
  }

  /** Channel: the scope that was written. */
  wake(): string {
    return `${this.#prefix}wake`;
  }

  #of(scope: string, what: string): string {
    return `${this.#prefix}{${scope}}:${what}`;
  }
}
