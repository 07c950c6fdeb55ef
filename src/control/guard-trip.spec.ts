import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { flagOf, guardOf } from '../../test/support/image.js';
import { leadEnvironment } from '../../test/support/led-environment.js';
import { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { LeaseProof } from '../domain/change.js';
import type { Edit } from '../domain/documents.js';
import { judge, type Verdict } from '../domain/guard/judge.js';
import type { GuardInput } from '../domain/guard.js';
import { type WatchedGuard, watchedGuards } from '../domain/rollout/watched-guards.js';
import { GuardTrip } from './guard-trip.js';
import { CONTROL_LEASE } from './leader.js';

Logger.overrideLogger(false);

const ENVIRONMENT = 'production';

let folder: string;
let store: EmbeddedStore;
let lease: LeaseProof;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-trip-'));
  store = new EmbeddedStore({ path: folder });
  await store.open();
  lease = await leadEnvironment(store, ENVIRONMENT, [flagOf({ key: 'checkout', enabled: true }), errors({})]);
}, 20_000);

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
}, 20_000);

function errors(more: Partial<GuardInput>): Edit {
  const events = { flag: 'checkout', bad: 'error' };
  const target = { flag: 'checkout', new: 'on', control: 'off' };
  return guardOf({ key: 'errors', source: 'events', events, margin: 1.2, target, ...more });
}

/** What a look finds, when half of the new arm's requests fail. */
async function breached(): Promise<{ readonly watched: WatchedGuard; readonly verdict: Verdict }> {
  const now = await store.now();
  const [watched] = watchedGuards(await store.image(ENVIRONMENT), now);
  if (watched === undefined) throw new Error('nobody watches the guard');
  const { guard, record, situation } = watched;
  const window = { from: record.watermark, to: record.watermark + 5_000 };
  const arms = { new: { bad: 50, total: 100 }, control: { bad: 1, total: 100 } };
  const reading = {
    windows: [{ ...window, ...arms }],
    watermark: window.to,
    unknown: null,
    lost: 0,
    windowLength: 5_000,
  };
  const verdict = judge({ guard, record, reading, situation });
  expect(verdict.decision).toBe('trip');
  return { watched, verdict };
}

function close({ watched, verdict }: Awaited<ReturnType<typeof breached>>): Promise<void> {
  const { signal } = new AbortController();
  return new GuardTrip(store, { environment: ENVIRONMENT, lease, signal }).close(watched, verdict);
}

async function trips(): Promise<number> {
  const { changes } = await store.history(ENVIRONMENT, { limit: 20 });
  return changes.filter(({ event }) => event?.kind === 'trip').length;
}

async function isOn(): Promise<boolean | undefined> {
  return (await store.image(ENVIRONMENT)).documents.value('flag', 'checkout')?.enabled;
}

describe('a trip that is written later than it was judged', () => {
  it('closes once, however often it is tried', async () => {
    const found = await breached();
    await close(found);
    await close(found);
    expect([await trips(), await isOn()]).toEqual([1, false]);
  });

  it('closes nothing once another process leads', async () => {
    const found = await breached();
    await store.releaseLease(ENVIRONMENT, CONTROL_LEASE, 'test');
    expect(await store.acquireLease(ENVIRONMENT, CONTROL_LEASE, 'another', 60_000)).not.toBeNull();
    await expect(close(found)).rejects.toMatchObject({ code: 'STALE_LEASE' });
    expect([await trips(), await isOn()]).toEqual([0, true]);
  });

  it('closes nothing where the guard says something else by then: it is judged anew', async () => {
    const found = await breached();
    const { documents } = await store.image(ENVIRONMENT);
    const revision = documents.get('guard', 'errors')?.revision ?? 0;
    await store.commit(ENVIRONMENT, {
      edits: [errors({ margin: 80 })],
      expected: { 'guard/errors': revision },
      actor: 'token:ada',
      reason: 'far more is allowed',
    });
    await close(found);
    expect([await trips(), await isOn()]).toEqual([0, true]);
  });
});
