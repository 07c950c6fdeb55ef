import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Change, StoredState } from '../domain/change.js';
import { Documents } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { type ChangeNotice, ChangeNotices, MOST_KEPT } from './change-notices.js';
import { Feed } from './feed.js';
import { Standings } from './standings.js';
import { GUARDS } from './subjects.js';

function imageAt(revision: number, states: readonly StoredState[] = []): Image {
  return {
    scope: 'production',
    epoch: 'e',
    revision,
    documents: new Documents([]),
    states: new Map(states.map((state) => [state.key, state])),
  };
}

function changeAt(revision: number): Change {
  return { revision, at: 0, actor: 'token:a', reason: 'r', documents: [], event: null };
}

function drain<T>(take: () => T | undefined): T[] {
  const taken: T[] = [];
  for (let next = take(); next !== undefined; next = take()) taken.push(next);
  return taken;
}

describe('a feed', () => {
  it('hands out in order what is there, and waits for what is not', async () => {
    const kept = [1];
    const feed = new Feed(() => kept.shift());
    expect(await feed.next()).toEqual({ done: false, value: 1 });
    const [second, third] = [feed.next(), feed.next()];
    kept.push(2);
    feed.wake();
    kept.push(3);
    feed.wake();
    expect(await Promise.all([second, third])).toEqual([
      { done: false, value: 2 },
      { done: false, value: 3 },
    ]);
  });

  it('ends for all who wait, stops its source once, and says nothing more', async () => {
    let stops = 0;
    const feed = new Feed(() => undefined);
    feed.onEnd(() => (stops += 1));
    const waiting = feed.next();
    await feed.return();
    await feed.return();
    expect([await waiting, await feed.next(), stops]).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
      1,
    ]);
  });

  it('stops a source that comes after the end at once', async () => {
    let stops = 0;
    const feed = new Feed(() => undefined);
    await feed.return();
    feed.onEnd(() => (stops += 1));
    expect(stops).toBe(1);
  });
});

describe('notices of changes', () => {
  it('become a reset where nobody reads them, and go on from there', () => {
    const notices = new ChangeNotices(() => undefined, '');
    for (let revision = 1; revision <= MOST_KEPT + 1; revision += 1)
      notices.change(changeAt(revision), imageAt(revision));
    notices.change(changeAt(MOST_KEPT + 2), imageAt(MOST_KEPT + 2));
    expect(drain(() => notices.take()).map(({ kind, cursor }) => [kind, cursor])).toEqual([
      ['reset', `e.${MOST_KEPT + 1}`],
      ['change', `e.${MOST_KEPT + 2}`],
    ]);
  });

  it('leave no gap and no double, at whatever pace they are read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 1_500 }), fc.constant(0)), { maxLength: 8 }),
        (acts) => {
          const notices = new ChangeNotices(() => undefined, 'e.0');
          const told: ChangeNotice[] = [];
          let written = 0;
          for (const act of acts) {
            if (act === 0) told.push(...drain(() => notices.take()));
            for (let count = 0; count < act; count += 1) {
              written += 1;
              notices.change(changeAt(written), imageAt(written));
            }
          }
          told.push(...drain(() => notices.take()));
          let known = 0;
          for (const { kind, cursor } of told) {
            const revision = Number(cursor.slice(2));
            if (kind === 'change') expect(revision).toBe(known + 1);
            else expect(revision).toBeGreaterThan(known);
            known = revision;
          }
          expect(known).toBe(written);
        },
      ),
    );
  });
});

describe('standings', () => {
  const guardIs = (state: string, at: number | null = null): StoredState => ({
    key: 'guard/errors/flag/checkout',
    revision: 1,
    value: { state, trouble: '', trip: at === null ? null : { at, evidence: { words: 'bad' } } },
  });
  const tell = (standings: Standings<unknown>, state: StoredState): void =>
    standings.state(state.key, imageAt(1, [state]));

  it('tell the latest alone to whoever is slow, and nothing where it is the same again', () => {
    const standings = new Standings(
      GUARDS,
      () => undefined,
      () => true,
    );
    standings.reset(imageAt(1, [guardIs('warming')]));
    expect(drain(() => standings.take())).toMatchObject([{ state: 'warming', previous: null }]);
    tell(standings, guardIs('ok'));
    tell(standings, guardIs('suspect'));
    tell(standings, guardIs('ok', 5));
    expect(drain(() => standings.take())).toEqual([
      {
        guard: 'errors',
        subject: 'flag/checkout',
        state: 'tripped',
        previous: 'warming',
        trouble: '',
        troubleCode: null,
        trippedAt: 5,
        evidence: { words: 'bad' },
      },
    ]);
    tell(standings, guardIs('blind'));
    tell(standings, guardIs('ok', 5));
    expect(drain(() => standings.take())).toEqual([]);
  });

  it('tell that a guard is blind for another reason, by its code', () => {
    const standings = new Standings(
      GUARDS,
      () => undefined,
      () => true,
    );
    const blind = (troubleCode: string, trouble: string): StoredState => {
      const { value, ...rest } = guardIs('blind');
      return { ...rest, value: { ...(value as object), trouble, troubleCode } };
    };
    standings.reset(imageAt(1, [blind('NO_ANSWER', 'no answer in time')]));
    expect(drain(() => standings.take())).toMatchObject([{ state: 'blind', troubleCode: 'NO_ANSWER' }]);
    tell(standings, blind('NO_ANSWER', 'no answer in 5 s'));
    expect(drain(() => standings.take())).toEqual([]);
    tell(standings, blind('ERROR_ANSWERED', 'Prometheus answered 500'));
    expect(drain(() => standings.take())).toMatchObject([
      {
        state: 'blind',
        previous: 'blind',
        troubleCode: 'ERROR_ANSWERED',
        trouble: 'Prometheus answered 500',
      },
    ]);
  });

  it('tell of what is gone, once', () => {
    const standings = new Standings(
      GUARDS,
      () => undefined,
      () => true,
    );
    standings.reset(imageAt(1, [guardIs('ok')]));
    drain(() => standings.take());
    standings.reset(imageAt(2));
    expect(drain(() => standings.take())).toMatchObject([{ guard: 'errors', state: null, previous: 'ok' }]);
    standings.reset(imageAt(3));
    expect(drain(() => standings.take())).toEqual([]);
  });

  it('tell of nothing that was not asked for', () => {
    const standings = new Standings(
      GUARDS,
      () => undefined,
      (key) => key.startsWith('other/'),
    );
    standings.reset(imageAt(1, [guardIs('ok')]));
    tell(standings, guardIs('suspect'));
    expect(drain(() => standings.take())).toEqual([]);
  });
});
