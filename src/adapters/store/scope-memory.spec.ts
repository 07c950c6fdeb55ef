import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DocumentChange } from '../../domain/change.js';
import type { Image } from '../../domain/image.js';
import type { LoadedScope, LogEntry } from './ledger.js';
import { ScopeMemory } from './scope-memory.js';

const EMPTY: LoadedScope = {
  epoch: 'a',
  revision: 0,
  touched: 0,
  documents: [],
  states: [],
  epochs: [{ epoch: 'a', revision: 0 }],
  restarted: false,
};

/** Writes and deletes of a few guards, as a log. */
const logs = fc
  .array(
    fc.uniqueArray(fc.record({ key: fc.constantFrom('a', 'b', 'c'), gone: fc.boolean() }), {
      selector: ({ key }) => key,
      maxLength: 3,
    }),
    { maxLength: 12 },
  )
  .map((changes) => {
    const memory = new Map<string, { readonly revision: number; readonly value: DocumentChange['after'] }>();
    return changes.map((edits, index): LogEntry => {
      const revision = index + 1;
      const was = edits.map(({ key }) => memory.get(key)?.revision ?? 0);
      const documents = edits.map(({ key, gone }): DocumentChange => {
        const before = memory.get(key)?.value ?? null;
        const after = gone ? null : ({ key, description: `of ${revision}` } as DocumentChange['after']);
        if (after === null) memory.delete(key);
        else memory.set(key, { revision, value: after });
        return { kind: 'guard', key, before, after };
      });
      return { change: { revision, at: 0, actor: '', reason: '', documents, event: null }, was };
    });
  });

function contents(image: Image): unknown {
  return [image.revision, image.documents.list('guard')];
}

describe('the memory of a scope', () => {
  it('replays from any revision the very images that it went through', () => {
    fc.assert(
      fc.property(logs, fc.nat(), fc.nat(), (log, split, start) => {
        const loadedAt = split % (log.length + 1);
        const whole = new ScopeMemory('production', EMPTY);
        const lived = whole.apply(log, [], 0).map(({ image }) => contents(image));

        const before = new ScopeMemory('production', EMPTY);
        before.apply(log.slice(0, loadedAt), [], 0);
        const documents = [...before.image.documents.all()];
        const late = new ScopeMemory('production', { ...EMPTY, revision: loadedAt, documents });
        late.apply(log.slice(loadedAt), [], 0);

        const from = start % (log.length + 1);
        const replayed = late.replay(from, log.slice(from, loadedAt));
        expect(replayed?.map(({ image }) => contents(image))).toEqual(lived.slice(from));
      }),
    );
  });

  it('replays nothing over a gap', () => {
    const memory = new ScopeMemory('production', { ...EMPTY, revision: 5 });
    expect(memory.replay(3, [])).toBeNull();
    expect(memory.replay(5, [])).toEqual([]);
  });

  it('shows state from the last change on that came with it', () => {
    const memory = new ScopeMemory('production', EMPTY);
    const longer = logs.filter((log) => log.length > 0);
    const first = fc.sample(longer, 1).flat().slice(0, 1);
    const state = { key: 'route/x', revision: 1, value: 1 };
    const [told] = memory.apply(first, [{ key: 'route/x', state }], 1);
    expect(told?.image.states.get('route/x')).toEqual(state);
    memory.apply([], [{ key: 'route/x', state: null }], 2);
    expect([memory.image.states.size, memory.position.touched, told?.image.states.size]).toEqual([0, 2, 1]);
  });
});
