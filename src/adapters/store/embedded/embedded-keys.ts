import { createHash } from 'node:crypto';

/** A key of the embedded store; keys sort element by element. */
export type EmbeddedKey = (string | number)[];

/** Spells every key of the embedded store. */
export const embeddedKeys = {
  layout: (): EmbeddedKey => ['@layout'],
  /** Random id of the process that writes. */
  owner: (): EmbeddedKey => ['@owner'],
  meta: (scope: string): EmbeddedKey => [scope, 'meta'],
  document: (scope: string, ref: string): EmbeddedKey => [scope, 'document', ref],
  /** One key of a segment's lists; `['i', key]` or `['e', key]`. */
  listed: (scope: string, segment: string, key: string): EmbeddedKey => [
    scope,
    'listed',
    segment,
    short(key),
  ],
  log: (scope: string, revision: number): EmbeddedKey => [scope, 'log', revision],
  /** What a guard decided on, at this time (epoch ms), and the how manieth. */
  verdict: (scope: string, at: number, number: number): EmbeddedKey => [scope, 'verdict', at, number],
  /** That it was this guard's. */
  judged: (scope: string, guard: string, at: number, number: number): EmbeddedKey => [
    scope,
    'judged',
    guard,
    at,
    number,
  ],
  /** `[at, number]` of the first verdict of which it is noted whose it was, and all after it. */
  named: (scope: string): EmbeddedKey => [scope, 'named'],
  state: (scope: string, key: string): EmbeddedKey => [scope, 'state', key],
  lease: (scope: string, name: string): EmbeddedKey => [scope, 'lease', name],
  request: (scope: string, key: string): EmbeddedKey => [scope, 'request', short(key)],
  client: (scope: string, client: string): EmbeddedKey => [scope, 'client', short(client)],
  /** Of one day (24 hours of usage), flag and variant. */
  usage: (scope: string, day: number, flag: string, variant: string): EmbeddedKey => [
    scope,
    'usage',
    day,
    flag,
    variant,
  ],
  /** When it was last evaluated. */
  seen: (scope: string, flag: string, variant: string): EmbeddedKey => [scope, 'seen', flag, variant],
  point: (scope: string, window: number, name: string): EmbeddedKey => [scope, 'point', window, short(name)],
  count: (scope: string, window: number, series: string): EmbeddedKey => [
    scope,
    'count',
    window,
    short(series),
  ],
  /** A unit's first exposure in a series. */
  unit: (scope: string, series: string, hash: number): EmbeddedKey => [scope, 'unit', short(series), hash],
  /** What came of a unit's first event of a name. */
  deed: (scope: string, series: string, event: string, hash: number): EmbeddedKey => [
    scope,
    'deed',
    short(series),
    event,
    hash,
  ],
  cohort: (scope: string, series: string, window: number): EmbeddedKey => [
    scope,
    'cohort',
    short(series),
    window,
  ],
  /** How the units of a series were assigned, and how many are kept. */
  assigned: (scope: string, series: string): EmbeddedKey => [scope, 'assigned', short(series)],
};

/** What `[scope, what]` and all keys below it lie between. */
export function below(...start: (string | number)[]): {
  readonly start: EmbeddedKey;
  readonly end: EmbeddedKey;
} {
  return { start, end: [...start, '\uffff'] };
}

const CONTROL = /\p{Cc}/u;

/** LMDB keys end at 1,978 bytes, and can't tell every control character apart: such names go by their digest. */
function short(name: string): string {
  return name.length <= 300 && !CONTROL.test(name)
    ? name
    : `#${createHash('sha256').update(name).digest('hex')}`;
}
