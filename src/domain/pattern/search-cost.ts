import { kindsOf } from './alphabet.js';
import type { PositionAutomaton, Ways } from './position-automaton.js';

/** Ways to have read one text that are still too few to matter. */
const MOST_WAYS = 100;
/** Bound on the work of one verdict, in steps and not in time, so that it is the same on every machine. */
const MOST_STEPS = 500_000;

/**
 * Whether a backtracking search takes time linear in the text. The tree of such a search has, at each character, at most
 * as many nodes as there are ways to have read the text so far; so it is linear when no text can be read in more than a
 * fixed number of ways. That is decided by walking all sets of ways that any text leads to (a subset construction with
 * counts, as for the ambiguity of finite automata: Weber and Seidl, 1991). Twice: for one start, where a way ends when
 * nothing can go wrong any more; and for starts at every character, where a way ends as soon as it is a match, because
 * then no later start is tried.
 */
export function isLinear(automaton: PositionAutomaton): boolean {
  const walk = new Walk(automaton);
  const { atStart, later } = walk.starts;
  const safe = settled(automaton);
  const matched = new Set(automaton.last.keys());
  return walk.staysSmall(sumOf(atStart, later), new Map(), safe) && walk.staysSmall(atStart, later, matched);
}

/** Positions that match, and from which only such can be reached. */
function settled({ last, follow }: PositionAutomaton): Set<number> {
  const positions = new Set(last.keys());
  for (let before = -1; before !== positions.size;) {
    before = positions.size;
    for (const position of positions) {
      const next = [...(follow[position]?.keys() ?? [])];
      if (next.some((one) => !positions.has(one))) positions.delete(position);
    }
  }
  return positions;
}

class Walk {
  readonly #kinds: readonly ReadonlySet<string>[];
  #steps = 0;

  constructor(readonly automaton: PositionAutomaton) {
    this.#kinds = kindsOf(automaton.reads);
  }

  /** Where a search may begin: at the start of the text, and at every other character. */
  get starts(): { readonly atStart: Ways; readonly later: Ways } {
    const { first, reads, follow } = this.automaton;
    const later = new Map([...first].filter(([position]) => reads[position] !== '^'));
    const atStart = new Map<number, number>();
    const passed = new Set<number>();
    const pending = [...first];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [position, ways] = next;
      if (reads[position] !== '^') atStart.set(position, (atStart.get(position) ?? 0) + ways);
      else if (!passed.has(position)) {
        passed.add(position);
        for (const [after, more] of follow[position] ?? []) pending.push([after, ways * more]);
      }
    }
    return { atStart, later };
  }

  /** Whether no text leads to more than a few ways at once. `ended` positions are gone once reached. */
  staysSmall(first: Ways, later: Ways, ended: ReadonlySet<number>): boolean {
    const begun = (starts: Ways): Ways[] => this.#kinds.map((kind) => this.#read(starts, kind, ended));
    const begunLater = begun(later);
    const seen = new Set<string>();
    const pending: { ways: Ways; fresh: readonly Ways[] }[] = [{ ways: new Map(), fresh: begun(first) }];
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      const reachable = this.#follow(state.ways);
      for (const [index, kind] of this.#kinds.entries()) {
        const ways = sumOf(this.#read(reachable, kind, ended), state.fresh[index] ?? new Map());
        this.#steps += 1 + ways.size;
        if (total(ways) > MOST_WAYS || this.#steps > MOST_STEPS) return false;
        const name = nameOf(ways);
        if (seen.has(name)) continue;
        seen.add(name);
        pending.push({ ways, fresh: begunLater });
      }
    }
    return true;
  }

  #follow(ways: Ways): Ways {
    const reachable = new Map<number, number>();
    for (const [position, count] of ways) {
      for (const [next, more] of this.automaton.follow[position] ?? []) {
        this.#steps += 1;
        reachable.set(next, (reachable.get(next) ?? 0) + count * more);
      }
    }
    return reachable;
  }

  #read(reachable: Ways, kind: ReadonlySet<string>, ended: ReadonlySet<number>): Ways {
    const ways = new Map<number, number>();
    for (const [position, count] of reachable) {
      this.#steps += 1;
      if (kind.has(this.automaton.reads[position] ?? '') && !ended.has(position)) ways.set(position, count);
    }
    return ways;
  }
}

function sumOf(a: Ways, b: Ways): Ways {
  const result = new Map(a);
  for (const [position, count] of b) result.set(position, (result.get(position) ?? 0) + count);
  return result;
}

function total(ways: Ways): number {
  let sum = 0;
  for (const count of ways.values()) sum += count;
  return sum;
}

function nameOf(ways: Ways): string {
  return [...ways]
    .sort(([a], [b]) => a - b)
    .map(([position, count]) => `${position}x${count}`)
    .join();
}
