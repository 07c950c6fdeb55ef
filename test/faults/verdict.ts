import { expect } from '@jest/globals';
import type { Change } from '../../src/domain/change.js';
import type { Store } from '../../src/ports/store.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { pairOf, type Acknowledged, type RedisLoad } from './redis-load.js';

/** Longest that a store may take to be back, ms. */
const BACK_WITHIN = 30_000;

/** All changes of a scope, oldest first. */
export async function wholeHistory(store: Store, scope: string): Promise<readonly Change[]> {
  const changes: Change[] = [];
  let before: number | undefined;
  for (let more = true; more;) {
    const page = await store.history(scope, { limit: 500, before });
    changes.push(...page.changes);
    before = page.changes.at(-1)?.revision;
    more = page.more;
  }
  return changes.toReversed();
}

/** The numbers that each writer has in the log, in order. */
function numbersOf(history: readonly Change[], writer: number): number[] {
  const [first] = pairOf(writer);
  return history.flatMap(({ documents }) => {
    const flag = documents.find(({ kind, key }) => kind === 'flag' && key === first);
    return flag?.after ? [Number((flag.after as { description: string }).description)] : [];
  });
}

function eventsOf(history: readonly Change[]): number[] {
  return history.flatMap(({ event }) =>
    event?.subject === 'rollout/once' ? [Number(event.evidence['number'])] : [],
  );
}

/**
 * Holds what stands against what was acknowledged: the log has no gap, no number twice (no write was done twice), and every
 * acknowledged write but those returned as lost; the image is what the log says. Returns the lost ones.
 */
export async function lostWrites(
  store: Store,
  scope: string,
  load: RedisLoad,
): Promise<readonly Acknowledged[]> {
  // This store may be the last to find its way back to Redis.
  const history = await eventually(() => wholeHistory(store, scope), BACK_WITHIN);
  expect(history.map(({ revision }) => revision)).toEqual(history.map((_, index) => index + 1));
  const events = eventsOf(history);
  expect(events).toEqual([...new Set(events)]);
  const image = await eventually(async () => {
    const known = await store.image(scope);
    expect(known.revision).toBeGreaterThanOrEqual(history.at(-1)?.revision ?? 0);
    return known;
  }, BACK_WITHIN);
  const writers = new Set(load.acknowledged.map(({ writer }) => writer));
  const lost: Acknowledged[] = [];
  for (const writer of writers) {
    const numbers = numbersOf(history, writer);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    for (const key of pairOf(writer))
      expect(image.documents.value('flag', key)?.description).toBe(String(numbers.at(-1)));
    const there = new Set(numbers);
    lost.push(...load.acknowledged.filter((each) => each.writer === writer && !there.has(each.number)));
  }
  expect(writers.size).toBeGreaterThan(0);
  if (lost.length === 0) expect(load.told.filter((number) => !events.includes(number))).toEqual([]);
  return lost;
}
