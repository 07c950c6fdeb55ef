import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { flagOf, guardOf } from '../../test/support/image.js';
import { leadEnvironment } from '../../test/support/led-environment.js';
import { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { LeaseProof, VerdictEntry } from '../domain/change.js';
import type { Edit } from '../domain/documents.js';
import { judge, type Verdict } from '../domain/guard/judge.js';
import { type KeptVerdict, namingItsEntry, replay, verdictEntry } from '../domain/guard/kept-verdict.js';
import type { GuardInput } from '../domain/guard.js';
import type { GuardRecord } from '../domain/guard/guard-record.js';
import { stateKey } from '../domain/image.js';
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

interface Found {
  readonly watched: WatchedGuard;
  readonly verdict: Verdict;
  readonly entry: VerdictEntry;
}

/** What a look finds, when half of the new arm's requests fail. */
async function breached(): Promise<Found> {
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
  const judgement = { guard, record, reading, situation };
  const verdict = judge(judgement);
  expect(verdict.decision).toBe('trip');
  const entry = verdictEntry(judgement, verdict, watched.subject);
  return { watched, verdict: namingItsEntry(verdict), entry };
}

function close({ watched, verdict, entry }: Found): Promise<void> {
  const { signal } = new AbortController();
  return new GuardTrip(store, { environment: ENVIRONMENT, lease, signal }).close(watched, verdict, entry);
}

function keep({ watched, verdict, entry }: Found): Promise<void> {
  const { signal } = new AbortController();
  return new GuardTrip(store, { environment: ENVIRONMENT, lease, signal }).keep(watched, verdict, entry);
}

async function edit(more: Partial<GuardInput>): Promise<void> {
  const { documents } = await store.image(ENVIRONMENT);
  await store.commit(ENVIRONMENT, {
    edits: [errors(more)],
    expected: { 'guard/errors': documents.get('guard', 'errors')?.revision ?? 0 },
    actor: 'token:ada',
    reason: 'far more is allowed',
  });
}

async function isLatched(): Promise<boolean> {
  const { states } = await store.image(ENVIRONMENT);
  const record = states.get(stateKey.guard('errors', 'flag/checkout'))?.value as GuardRecord | undefined;
  return record != null && record.trip !== null;
}

async function trips(): Promise<number> {
  const { changes } = await store.history(ENVIRONMENT, { limit: 20 });
  return changes.filter(({ event }) => event?.kind === 'trip').length;
}

/** Ids of all verdicts that are kept. */
async function kept(): Promise<string[]> {
  return (await store.newestVerdicts(ENVIRONMENT, 100)).map(({ id }) => id);
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
    expect(await kept()).toHaveLength(1);
  });

  it('keeps its verdict in the same commit, named in event and record, and it is judged again to the same', async () => {
    await close(await breached());
    const [change] = (await store.history(ENVIRONMENT, { limit: 1 })).changes;
    const id = String(change?.event?.evidence['verdict']);
    expect(await kept()).toEqual([id]);
    const { states } = await store.image(ENVIRONMENT);
    const record = states.get(stateKey.guard('errors', 'flag/checkout'))?.value as GuardRecord;
    expect(record.trip?.evidence['verdict']).toBe(id);
    const verdict = (await store.readVerdict(ENVIRONMENT, id)) as KeptVerdict;
    expect(verdict).toMatchObject({ decided: 'trip', subject: 'flag/checkout' });
    expect(replay(verdict)).toMatchObject({ same: true, differs: [] });
  });

  it('closes nothing and leaves no verdict once another process leads', async () => {
    const found = await breached();
    await store.releaseLease(ENVIRONMENT, CONTROL_LEASE, 'test');
    expect(await store.acquireLease(ENVIRONMENT, CONTROL_LEASE, 'another', 60_000)).not.toBeNull();
    await expect(close(found)).rejects.toMatchObject({ code: 'STALE_LEASE' });
    expect([await trips(), await isOn(), await kept()]).toEqual([0, true, []]);
  });

  it('closes nothing where the guard says something else by then: it is judged anew', async () => {
    const found = await breached();
    await edit({ margin: 80 });
    await close(found);
    expect([await trips(), await isOn(), await kept()]).toEqual([0, true, []]);
  });

  it('of a guard that only records is kept with its verdict, and told to nobody', async () => {
    await edit({ action: 'none' });
    const { revision } = await store.image(ENVIRONMENT);
    await keep(await breached());
    expect([await isLatched(), await trips(), await isOn()]).toEqual([true, 0, true]);
    expect(await kept()).toHaveLength(1);
    expect((await store.image(ENVIRONMENT)).revision).toBe(revision);
  });

  it('of a guard that only records is not kept where the guard says something else by then', async () => {
    await edit({ action: 'none' });
    const found = await breached();
    await edit({ action: 'none', margin: 80 });
    await keep(found);
    expect([await isLatched(), await kept()]).toEqual([false, []]);
  });
});
