import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { open } from 'lmdb';
import { EmbeddedClock } from './embedded-clock.js';
import { embeddedKeys, type EmbeddedKey } from './embedded-keys.js';
import { EmbeddedLedger } from './embedded-ledger.js';

const HOUR = 3_600_000;
const START = 1_700_000_000_000;

/** A machine whose clock can be set. */
class Machine {
  wall = START;
  steady = 1_000;
  readonly clock = new EmbeddedClock(
    () => this.wall,
    () => this.steady,
  );

  /** Lets time pass, ms. */
  pass(ms: number): void {
    this.wall += ms;
    this.steady += ms;
  }
}

describe('the time of the embedded store', () => {
  it('is the machine’s, forwards at once, and never goes back', () => {
    const machine = new Machine();
    expect(machine.clock.now()).toBe(START);
    machine.pass(5_000);
    expect(machine.clock.now()).toBe(START + 5_000);
    machine.wall += HOUR;
    expect(machine.clock.now()).toBe(START + 5_000 + HOUR);
    machine.wall -= HOUR;
    expect(machine.clock.now()).toBe(START + 5_000 + HOUR);
  });

  it('goes on at half the pace while the machine’s clock is behind, and is that again once it has caught up', () => {
    const machine = new Machine();
    machine.clock.now();
    machine.wall -= HOUR;
    machine.pass(10_000);
    expect(machine.clock.now()).toBe(START + 5_000);
    machine.pass(2 * HOUR - 10_000);
    expect(machine.clock.now()).toBe(machine.wall);
    machine.pass(1_000);
    expect(machine.clock.now()).toBe(machine.wall);
  });

  it('goes on whatever the clock is set to, and at most as fast as it, but for jumps', () => {
    const act = fc.record({
      set: fc.integer({ min: -HOUR, max: HOUR }),
      pass: fc.integer({ min: 2, max: HOUR }),
    });
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 30 }), (acts) => {
        const machine = new Machine();
        let before = machine.clock.now();
        for (const { set, pass } of acts) {
          machine.wall += set;
          machine.pass(pass);
          const now = machine.clock.now();
          expect(now).toBeGreaterThanOrEqual(before + Math.floor(pass / 2));
          expect(now).toBeLessThanOrEqual(Math.max(machine.wall, before + 1 + pass / 2));
          before = now;
        }
      }),
    );
  });
});

describe('a lease in the embedded store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-clock-'));
  const database = open<unknown, EmbeddedKey>({ path: join(folder, 'store.mdb'), encoding: 'json' });
  afterAll(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });
  const lease = { name: 'control', instance: 'i', ttl: 5_000 };

  it('is renewed over a clock that is set back, and runs out for a holder that is gone', async () => {
    const machine = new Machine();
    await database.put(embeddedKeys.owner(), 'me');
    const ledger = new EmbeddedLedger(database, 'me', { log: HOUR, verdicts: HOUR }, machine.clock);
    const acquire = (holder: string): Promise<number | null> =>
      ledger.acquireLease('production', { ...lease, holder });
    const token = await acquire('one');
    machine.wall -= HOUR;
    for (let renewal = 0; renewal < 10; renewal += 1) {
      machine.pass(1_500);
      expect(await acquire('one')).toBe(token);
      expect(await acquire('two')).toBeNull();
    }
    machine.pass(9_000);
    expect(await acquire('two')).toBeNull();
    machine.pass(1_100);
    expect(await acquire('two')).toBeGreaterThan(token ?? Infinity);
  });
});
