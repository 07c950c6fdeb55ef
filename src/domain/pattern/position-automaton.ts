import { RegExpParser } from '@eslint-community/regexpp';
import type { AST } from '@eslint-community/regexpp';

/** How often something is so; counts stop at this, which is far beyond what is safe. */
export const MANY = 1_000;
/** Parts and edges of a pattern with its counted repetitions written out. */
const LARGEST = 100_000;

/** Positions, each with the number of ways to get there. */
export type Ways = ReadonlyMap<number, number>;

/**
 * A pattern as Glushkov's position automaton: one position for each character that a match may read, edges weighted with
 * the number of ways that a backtracking search has to go from one to the next without reading. `^` and `$` are positions
 * that read nothing. `\b` and `\B` count as always true, so there may be ways more than in truth, never fewer.
 */
export interface PositionAutomaton {
  /** By position: the source of what it reads, `'^'` or `'$'`. */
  readonly reads: readonly string[];
  readonly first: Ways;
  readonly last: Ways;
  readonly follow: readonly Ways[];
}

/** The pattern is too large when its counted repetitions are written out. */
export class TooLargeWrittenOut extends Error {}

interface Part {
  readonly first: Ways;
  readonly last: Ways;
  /** Ways to match nothing. */
  readonly empty: number;
}

const NOTHING: Part = { first: new Map(), last: new Map(), empty: 1 };

/** Throws for syntax that is not valid with the `u` flag, and TooLargeWrittenOut. */
export function automatonOf(pattern: string): PositionAutomaton {
  const ast = new RegExpParser({ ecmaVersion: 2024 }).parsePattern(pattern, 0, pattern.length, {
    unicode: true,
  });
  const builder = new Builder();
  const { first, last } = builder.alternatives(ast.alternatives);
  return { first, last, reads: builder.reads, follow: builder.follow };
}

class Builder {
  readonly reads: string[] = [];
  readonly follow: Map<number, number>[] = [];
  #size = 0;

  #grow(by = 1): void {
    this.#size += by;
    if (this.#size > LARGEST) throw new TooLargeWrittenOut();
  }

  alternatives(alternatives: readonly AST.Alternative[]): Part {
    const parts = alternatives.map(({ elements }) =>
      elements.map((element) => this.#element(element)).reduce((a, b) => this.#sequence(a, b), NOTHING),
    );
    return parts.reduce((a, b) => ({
      first: this.#sum(a.first, b.first),
      last: this.#sum(a.last, b.last),
      empty: Math.min(a.empty + b.empty, MANY),
    }));
  }

  #element(element: AST.Element): Part {
    this.#grow();
    switch (element.type) {
      case 'Group':
      case 'CapturingGroup':
        return this.alternatives(element.alternatives);
      case 'Quantifier':
        return this.#repetition(element);
      case 'Assertion':
        if (element.kind === 'start') return this.#position('^');
        return element.kind === 'end' ? this.#position('$') : NOTHING;
      default:
        return this.#position(element.raw);
    }
  }

  #position(read: string): Part {
    const position = this.reads.push(read) - 1;
    this.follow.push(new Map());
    const here = new Map([[position, 1]]);
    return { first: here, last: here, empty: 0 };
  }

  #link(from: Ways, to: Ways): void {
    for (const [position, ways] of from) {
      const edges = this.follow[position];
      for (const [next, more] of to) edges?.set(next, Math.min((edges.get(next) ?? 0) + ways * more, MANY));
    }
  }

  #sequence(a: Part, b: Part): Part {
    this.#link(a.last, b.first);
    return {
      first: this.#sum(a.first, b.first, a.empty),
      last: this.#sum(b.last, a.last, b.empty),
      empty: Math.min(a.empty * b.empty, MANY),
    };
  }

  /** A repetition beyond the least count that matches nothing is never tried. */
  #repetition({ element, min, max }: AST.Quantifier): Part {
    let rest: Part = NOTHING;
    if (max === Infinity) {
      const again = this.#element(element);
      this.#link(again.last, again.first);
      rest = { ...again, empty: 1 };
    } else {
      for (let count = min; count < max; count += 1) {
        const once = this.#element(element);
        rest = { ...this.#sequence({ ...once, empty: 0 }, rest), empty: 1 };
      }
    }
    let whole: Part = rest;
    for (let count = 0; count < min; count += 1) whole = this.#sequence(this.#element(element), whole);
    return whole;
  }

  #sum(a: Ways, b: Ways, times = 1): Ways {
    if (times === 0) return a;
    this.#grow(a.size + b.size);
    const result = new Map(a);
    for (const [position, ways] of b)
      result.set(position, Math.min((result.get(position) ?? 0) + ways * times, MANY));
    return result;
  }
}
