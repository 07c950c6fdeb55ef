import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/mesh/testbed/eventually.js';
import { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import { settingsSchema } from '../domain/environment.js';
import { Leader } from './leader.js';
import { ending } from './pace.js';
import type { Duty, Term } from './term.js';

Logger.overrideLogger(false);

const ENVIRONMENT = 'production';

let folder: string;
let store: EmbeddedStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-leader-'));
  store = new EmbeddedStore({ path: folder });
  await store.open();
  await store.createEnvironment(ENVIRONMENT, '', {
    edits: [{ kind: 'settings', key: 'environment', value: settingsSchema.parse({}) }],
    expected: { 'settings/environment': 0 },
    actor: 'token:test',
    reason: 'set up',
  });
}, 20_000);

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** Remembers its terms, and writes a state in each. */
class Diary implements Duty {
  readonly name = 'diary';
  readonly terms: Term[] = [];
  ended = 0;

  async run(term: Term): Promise<void> {
    this.terms.push(term);
    await ending(term.signal);
    this.ended += 1;
  }

  write(index: number): Promise<unknown> {
    const term = this.terms[index];
    return store.writeState(ENVIRONMENT, { key: 'rollout/x', value: index }, term?.lease);
  }
}

function bid(holder: string, duties: readonly Duty[]): { stop: AbortController; ended: Promise<void> } {
  const stop = new AbortController();
  return { stop, ended: new Leader(store, ENVIRONMENT, holder, duties).campaign(stop.signal) };
}

describe('Leader', () => {
  it('leads alone, and hands over when it is stopped', async () => {
    const [first, second] = [new Diary(), new Diary()];
    const one = bid('one', [first]);
    await eventually(() => expect(first.terms).toHaveLength(1));
    const two = bid('two', [second]);
    await first.write(0);
    one.stop.abort();
    await one.ended;
    expect(first.ended).toBe(1);
    await eventually(() => expect(second.terms).toHaveLength(1), 15_000);
    expect(second.terms[0]?.lease.token).toBeGreaterThan(first.terms[0]?.lease.token ?? 0);
    await expect(first.write(0)).rejects.toMatchObject({ code: 'STALE_LEASE' });
    await second.write(0);
    two.stop.abort();
    await two.ended;
  }, 40_000);

  it('ends its term when the lease went to another, and bids again', async () => {
    const diary = new Diary();
    const { stop, ended } = bid('one', [diary]);
    await eventually(() => expect(diary.terms).toHaveLength(1));
    await store.releaseLease(ENVIRONMENT, 'control', 'one');
    await store.acquireLease(ENVIRONMENT, 'control', 'other', 3_000);
    await eventually(() => expect(diary.ended).toBe(1), 15_000);
    await eventually(() => expect(diary.terms).toHaveLength(2), 20_000);
    stop.abort();
    await ended;
  }, 60_000);

  it('leads again at once though a duty of the last term hangs; that one alone begins when it has ended', async () => {
    let letGo = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (letGo = resolve));
    const slow = new Diary();
    const held: Duty = {
      name: 'held',
      run: async (term) => {
        await slow.run(term);
        if (slow.ended === 1) await hanging;
      },
    };
    const diary = new Diary();
    const { stop, ended } = bid('one', [held, diary]);
    await eventually(() => expect(diary.terms).toHaveLength(1));
    await store.releaseLease(ENVIRONMENT, 'control', 'one');
    await store.acquireLease(ENVIRONMENT, 'control', 'other', 500);
    await eventually(() => expect(diary.terms).toHaveLength(2), 20_000);
    await diary.write(1);
    expect(slow.terms).toHaveLength(1);
    letGo();
    await eventually(() => expect(slow.terms).toHaveLength(2));
    expect(slow.terms[1]?.lease).toEqual(diary.terms[1]?.lease);
    stop.abort();
    await ended;
    expect([slow.ended, diary.ended]).toEqual([2, 2]);
  }, 60_000);

  it('begins a duty anew that failed, and the others go on', async () => {
    let runs = 0;
    const failing: Duty = {
      name: 'failing',
      run: () => {
        runs += 1;
        return Promise.reject(new Error('no'));
      },
    };
    const diary = new Diary();
    const { stop, ended } = bid('one', [failing, diary]);
    await eventually(() => expect(runs).toBeGreaterThan(1), 15_000);
    expect(diary.terms).toHaveLength(1);
    expect(diary.ended).toBe(0);
    stop.abort();
    await ended;
  }, 30_000);
});
