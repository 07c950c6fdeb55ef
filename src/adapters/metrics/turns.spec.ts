import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../../../test/mesh/testbed/eventually.js';
import { Turns } from './turns.js';

/** Queries that end when told, and how many were open at once. */
class Desk {
  open = 0;
  busiest = 0;
  begun: number[] = [];
  readonly #ends = new Map<number, () => void>();

  readonly query = (name: number) => async (): Promise<number> => {
    this.open += 1;
    this.busiest = Math.max(this.busiest, this.open);
    this.begun.push(name);
    await new Promise<void>((end) => this.#ends.set(name, end));
    this.open -= 1;
    return name;
  };

  end(name: number): void {
    this.#ends.get(name)?.();
  }
}

describe('turns', () => {
  it('let slow queries make room for others, but never more of them than the cap', async () => {
    const turns = new Turns({ most: 12, long: 5 });
    const desk = new Desk();
    const all = Array.from({ length: 40 }, (_, name) => turns.take(desk.query(name)));
    await eventually(() => expect(desk.open).toBe(12));
    // Far longer than it takes to be slow: nobody else begins while all places are held.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(desk.open).toBe(12);
    for (let name = 0; name < 40; name += 1) {
      await eventually(() => expect(desk.begun).toContain(name));
      desk.end(name);
    }
    expect(await Promise.all(all)).toEqual(Array.from({ length: 40 }, (_, name) => name));
    expect(desk.busiest).toBe(12);
  });

  it('wait for eight at a time while all are quick', async () => {
    const turns = new Turns({ most: 32, long: 60_000 });
    const desk = new Desk();
    const all = Array.from({ length: 20 }, (_, name) => turns.take(desk.query(name)));
    await eventually(() => expect(desk.open).toBe(8));
    for (let name = 0; name < 20; name += 1) {
      await eventually(() => expect(desk.begun).toContain(name));
      desk.end(name);
    }
    await Promise.all(all);
    expect(desk.busiest).toBe(8);
  });

  it('begin in the order they came, give every place back, also after a failure, and lose nobody', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.record({ steps: fc.integer({ min: 0, max: 5 }), fails: fc.boolean() }), {
          maxLength: 40,
        }),
        async (most, queries) => {
          const turns = new Turns({ most, long: 1 });
          const begun: number[] = [];
          let open = 0;
          let busiest = 0;
          const settled = await Promise.allSettled(
            queries.map(({ steps, fails }, name) =>
              turns.take(async () => {
                begun.push(name);
                busiest = Math.max(busiest, (open += 1));
                for (let step = 0; step < steps; step += 1) await new Promise(setImmediate);
                open -= 1;
                if (fails) throw new Error(`query ${name}`);
                return name;
              }),
            ),
          );
          expect(begun).toEqual(queries.map((_, name) => name));
          expect(settled.map(({ status }) => status === 'rejected')).toEqual(
            queries.map(({ fails }) => fails),
          );
          expect(busiest).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 50 },
    );
  });
});
