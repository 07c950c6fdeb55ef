/** What happens to a list of keys. Both parts are sorted in code-unit order; no key is in both. */
export interface KeyListChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const NOTHING: readonly string[] = [];
/** Lists that were found sorted, or made so here: looking once is enough. */
const sorted = new WeakSet<readonly string[]>();

/** The keys in code-unit order, each once; the very same list where it is so already. */
export function sortedKeys(keys: readonly string[]): readonly string[] {
  if (sorted.has(keys)) return keys;
  const ascending = isAscending(keys) ? keys : [...new Set(keys)].sort();
  sorted.add(ascending);
  return ascending;
}

/**
 * The list after a change, sorted; the one given stays as it is, and is the answer where nothing changes. To add what is
 * listed, or to remove what is not, changes nothing.
 */
export function withKeyChange(keys: readonly string[], change: KeyListChange): readonly string[] {
  const before = sortedKeys(keys);
  if (change.added.length + change.removed.length === 0) return before;
  const after: string[] = [];
  let from = 0;
  for (const [key, isAdded] of stepsOf(change)) {
    const at = placeOf(key, before, from);
    for (; from < at; from += 1) after.push(before[from] as string);
    if (before[from] === key) from += 1;
    if (isAdded) after.push(key);
  }
  for (; from < before.length; from += 1) after.push(before[from] as string);
  sorted.add(after);
  return after;
}

/** What makes `after` of `before`. */
export function keyChangeBetween(before: readonly string[], after: readonly string[]): KeyListChange {
  const [old, now] = [sortedKeys(before), sortedKeys(after)];
  if (old === now) return { added: NOTHING, removed: NOTHING };
  const added: string[] = [];
  const removed: string[] = [];
  let [a, b] = [0, 0];
  while (a < old.length || b < now.length) {
    const [was, is] = [old[a], now[b]];
    if (was === is) [a, b] = [a + 1, b + 1];
    else if (is === undefined || (was !== undefined && was < is)) {
      removed.push(was as string);
      a += 1;
    } else {
      added.push(is);
      b += 1;
    }
  }
  return { added, removed };
}

/**
 * One change and then another, as one. Each adds only what isn't listed and removes only what is: a key that comes and
 * goes is in neither part.
 */
export function keyChangesTogether(first: KeyListChange, then: KeyListChange): KeyListChange {
  const without = (keys: readonly string[], others: readonly string[]): string[] => {
    const gone = new Set(others);
    return keys.filter((key) => !gone.has(key));
  };
  return {
    added: [...without(first.added, then.removed), ...without(then.added, first.removed)].sort(),
    removed: [...without(first.removed, then.added), ...without(then.removed, first.added)].sort(),
  };
}

/** Whether a key is in a sorted list. */
export function isListed(key: string, keys: readonly string[]): boolean {
  return keys[placeOf(key, keys, 0)] === key;
}

/** The change that takes another one back. */
export function reversedKeyChange({ added, removed }: KeyListChange): KeyListChange {
  return { added: removed, removed: added };
}

function isAscending(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index - 1] as string) >= (keys[index] as string)) return false;
  }
  return true;
}

/** All keys of a change in order, each with whether it is added. */
function stepsOf({ added, removed }: KeyListChange): (readonly [key: string, isAdded: boolean])[] {
  const steps = [...removed.map((key) => [key, false] as const), ...added.map((key) => [key, true] as const)];
  return steps.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

/** Where `key` stands, or would, in a sorted list from `from` on. */
function placeOf(key: string, keys: readonly string[], from: number): number {
  let [low, high] = [from, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
