import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { guardOf } from '../../test/support/image.js';
import { judgeWindows, parsedGuard, windowAt } from '../../test/support/judging.js';
import { keepVerdict } from '../../test/support/keep-verdict.js';
import { keepUnnamed } from '../../test/support/unnamed-verdict.js';
import { leadEnvironment } from '../../test/support/led-environment.js';
import { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { KeptVerdict } from '../domain/guard/kept-verdict.js';
import { freshRecord } from '../domain/guard/record.js';
import type { KeptEntry } from '../ports/store.js';
import { VerdictsResolver } from './verdicts.resolver.js';

const environment = 'production';

let folder: string;
let store: EmbeddedStore;
let resolver: VerdictsResolver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-verdicts-'));
  store = new EmbeddedStore({ path: folder });
  await store.open();
  const target = { flag: 'checkout', new: 'on', control: 'off' };
  const events = { flag: 'checkout', bad: 'error' };
  await leadEnvironment(store, environment, [
    guardOf({ key: 'new', source: 'events', events, margin: 1.2, target }),
  ]);
  resolver = new VerdictsResolver(store);
}, 20_000);

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
}, 20_000);

function verdictOf(key: string, at: number): KeptVerdict {
  const guard = parsedGuard({ key, margin: 1.2 });
  const { record, decision } = judgeWindows([windowAt(0, { bad: 1, total: 10 }, { bad: 1, total: 90 })], {
    guard: { key, margin: 1.2 },
  });
  const before = { record: freshRecord(1, 0), reading: null, situation: null };
  return { ...before, decided: 'go', subject: 'rollout/a', at, guard, result: { decision, record } };
}

describe('verdicts of one guard', () => {
  it('are found behind any number of others, and so are those from before the store told whose they are', async () => {
    const kept: string[] = [`${(await store.now()) - 1_000}-0`];
    await keepUnnamed(folder, environment, kept[0] ?? '', verdictOf('errors', 1));
    kept.unshift(await keepVerdict(store, environment, 'errors', verdictOf('errors', 2)));
    for (let at = 0; at < 300; at += 1)
      await keepVerdict(store, environment, 'other', verdictOf('other', at));
    const ids = async (first: number): Promise<string[]> =>
      (await resolver.verdicts({ environment, guard: 'errors', first })).map(({ id }) => id);
    expect(await ids(20)).toEqual(kept);
    expect(await ids(1)).toEqual(kept.slice(0, 1));
    const all = await resolver.verdicts({ environment, first: 5 });
    expect(all.map(({ guard }) => guard)).toEqual(Array.from({ length: 5 }, () => 'other'));
  }, 30_000);

  it('cost as much as there are of it: others are looked through only where nobody noted whose they are', async () => {
    const asked: number[] = [];
    const [newest, unnamed] = [store.newestVerdicts.bind(store), store.unnamedVerdicts.bind(store)];
    const counted = async (asking: Promise<readonly KeptEntry[]>): Promise<readonly KeptEntry[]> => {
      const found = await asking;
      asked.push(found.length);
      return found;
    };
    store.newestVerdicts = (...given) => counted(newest(...given));
    store.unnamedVerdicts = (...given) => counted(unnamed(...given));
    await keepVerdict(store, environment, 'errors', verdictOf('errors', 1));
    for (let at = 0; at < 20; at += 1) await keepVerdict(store, environment, 'other', verdictOf('other', at));
    expect(await resolver.verdicts({ environment, guard: 'errors', first: 20 })).toHaveLength(1);
    expect(await resolver.verdicts({ environment, guard: 'new', first: 20 })).toEqual([]);
    expect(asked).toEqual([1, 0, 0, 0]);
  });

  it('are none of a guard that has not decided yet, and NOT_FOUND where there is no such guard', async () => {
    expect(await resolver.verdicts({ environment, guard: 'new', first: 5 })).toEqual([]);
    await expect(resolver.verdicts({ environment, guard: 'nobody', first: 5 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
