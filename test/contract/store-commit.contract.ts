import { describe, expect, it } from '@jest/globals';
import type { Problem } from '../../src/domain/problem.js';
import type { StoreGround } from './store-ground.js';
import { sampleFlag, sampleSegment } from '../support/sample-documents.js';
import { commitOf, flagEdit } from './store-samples.js';

/** What every store promises of commits and state. */
export function describeCommits(ground: StoreGround): void {
  describe('commit', () => {
    it('writes documents, takes one revision and shows it in the image', async () => {
      const scope = await ground.environment();
      const before = await ground.store.image(scope);
      const committed = await ground.store.commit(scope, commitOf([flagEdit('a'), flagEdit('b')]));
      expect(committed).toEqual({ epoch: before.epoch, revision: 2, repeated: false });
      const image = await ground.store.image(scope);
      expect(image).toMatchObject({ scope, epoch: before.epoch, revision: 2 });
      expect(image.documents.get('flag', 'a')).toEqual({
        kind: 'flag',
        key: 'a',
        revision: 2,
        value: sampleFlag('a'),
      });
      expect(before.documents.get('flag', 'a')).toBeUndefined();
    });

    it('keeps values exactly as they were given', async () => {
      const scope = await ground.environment();
      const value = {
        empty: [],
        none: {},
        deep: [[], {}],
        text: 'é "\\ \u2028 😀',
        big: 9007199254740991,
        tiny: 1e-7,
        nil: null,
      };
      const flag = sampleFlag('x', { type: 'object', variants: { on: value, off: [] } });
      await ground.store.commit(scope, commitOf([{ kind: 'flag', key: 'x', value: flag }]));
      await ground.store.writeState(scope, { key: 'route/x', value });
      const { documents, states } = await ground.store.image(scope);
      expect(documents.value('flag', 'x')).toEqual(flag);
      expect(states.get('route/x')).toEqual({ key: 'route/x', revision: 1, value });
      const { changes } = await ground.store.history(scope, { limit: 1 });
      expect(changes[0]?.documents[0]?.after).toEqual(flag);
    });

    it('refuses what rests on an older document, shows the one that stands, and writes nothing of it', async () => {
      const scope = await ground.environment();
      await ground.store.commit(scope, commitOf([flagEdit('a')]));
      const stale = commitOf([flagEdit('b'), flagEdit('a', { enabled: false })], {
        state: [{ key: 'route/x', value: 1 }],
      });
      await expect(ground.store.commit(scope, stale)).rejects.toMatchObject({
        code: 'STALE_REVISION',
        current: { kind: 'flag', key: 'a', revision: 2, value: sampleFlag('a') },
      });
      const gone = commitOf([flagEdit('c')], { expected: { 'flag/c': 7 } });
      await expect(ground.store.commit(scope, gone)).rejects.toMatchObject({
        code: 'STALE_REVISION',
        current: null,
      });
      const image = await ground.store.image(scope);
      expect(image.revision).toBe(2);
      expect(image.documents.get('flag', 'b')).toBeUndefined();
      expect(image.states.size).toBe(0);
      expect((await ground.store.history(scope, { limit: 10 })).changes).toHaveLength(2);
    });

    it('refuses what rests on something that was read and has changed', async () => {
      const scope = await ground.environment();
      await ground.store.commit(scope, commitOf([{ kind: 'segment', key: 's', value: sampleSegment('s') }]));
      const { revision } = await ground.store.commit(
        scope,
        commitOf([flagEdit('a')], { unchanged: { 'segment/s': 2, 'segment/t': 0 } }),
      );
      await ground.store.commit(
        scope,
        commitOf([{ kind: 'segment', key: 's', value: null }], { expected: { 'segment/s': 2 } }),
      );
      const late = commitOf([flagEdit('b')], { unchanged: { 'segment/s': 2 } });
      await expect(ground.store.commit(scope, late)).rejects.toMatchObject({
        code: 'STALE_REVISION',
        current: null,
      });
      expect((await ground.store.image(scope)).revision).toBe(revision + 1);
    });

    it('refuses what was decided as of an older revision of the whole scope', async () => {
      const scope = await ground.environment();
      await ground.store.commit(scope, commitOf([flagEdit('a')], { asOf: 1 }));
      await expect(ground.store.commit(scope, commitOf([flagEdit('b')], { asOf: 1 }))).rejects.toMatchObject({
        code: 'STALE_REVISION',
      });
      expect((await ground.store.image(scope)).revision).toBe(2);
    });

    it('takes no revision for state alone, one for an event alone', async () => {
      const scope = await ground.environment();
      const state = await ground.store.commit(scope, commitOf([], { state: [{ key: 'route/x', value: 1 }] }));
      expect(state.revision).toBe(1);
      const event = { kind: 'pause', subject: 'rollout/r', evidence: { by: 'hand' } } as const;
      const told = await ground.store.commit(scope, commitOf([], { event }));
      expect(told.revision).toBe(2);
      const { changes } = await ground.store.history(scope, { limit: 1 });
      expect(changes).toEqual([
        { revision: 2, at: expect.any(Number), actor: 'token:ada', reason: 'a test', documents: [], event },
      ]);
    });

    it('is bound to the epoch that it names', async () => {
      const scope = await ground.environment();
      const bound = commitOf([flagEdit('a')], { epoch: 'another' });
      await expect(ground.store.commit(scope, bound)).rejects.toMatchObject({ code: 'STALE_REVISION' });
      const { epoch } = await ground.store.image(scope);
      await expect(ground.store.commit(scope, { ...bound, epoch })).resolves.toMatchObject({ revision: 2 });
    });

    it('answers the same key and input with the first answer, and refuses another input', async () => {
      const scope = await ground.environment();
      const once = commitOf([flagEdit('a')], { idempotency: { key: 'k', input: 'i' } });
      const first = await ground.store.commit(scope, once);
      await ground.store.commit(scope, commitOf([flagEdit('b')]));
      await expect(ground.store.commit(scope, once)).resolves.toEqual({ ...first, repeated: true });
      await expect(
        ground.store.commit(scope, { ...once, idempotency: { key: 'k', input: 'other' } }),
      ).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
      expect((await ground.store.image(scope)).revision).toBe(3);
    });

    it('recalls what was written under a key, with its answer, and refuses another input', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      const asked = { key: 'r {1}', input: 'i' };
      await expect(store.recall(scope, asked)).resolves.toBeNull();
      const answer = { warnings: ['é "quoted"\n'], states: [] };
      const idempotency = { ...asked, answer };
      const { epoch, revision } = await store.commit(scope, commitOf([flagEdit('a')], { idempotency }));
      await store.commit(scope, commitOf([flagEdit('b')], { idempotency: { key: 'plain', input: 'i' } }));
      await expect(store.recall(scope, asked)).resolves.toEqual({ epoch, revision, answer });
      await expect(store.recall(scope, { key: 'plain', input: 'i' })).resolves.toMatchObject({
        answer: null,
      });
      await expect(store.recall(scope, { ...asked, input: 'j' })).rejects.toMatchObject({
        code: 'IDEMPOTENCY_KEY_REUSED',
      });
    });

    it('remembers no key of a commit that was refused', async () => {
      const scope = await ground.environment();
      const idempotency = { key: 'k', input: 'i' };
      const stale = commitOf([flagEdit('a')], { expected: { 'flag/a': 9 }, idempotency });
      await expect(ground.store.commit(scope, stale)).rejects.toMatchObject({ code: 'STALE_REVISION' });
      const good = commitOf([flagEdit('a')], { idempotency });
      await expect(ground.store.commit(scope, good)).resolves.toMatchObject({ revision: 2, repeated: false });
    });

    it('lets one of many concurrent writers win each round, and loses nothing', async () => {
      const scope = await ground.environment();
      await ground.store.commit(scope, commitOf([flagEdit('n', { description: '0' })]));
      let stale = 0;
      async function writer(): Promise<void> {
        for (let done = 0; done < 8;) {
          const stands = (await ground.store.image(scope)).documents.get('flag', 'n');
          const next = flagEdit('n', { description: String(Number(stands?.value.description) + 1) });
          try {
            await ground.store.commit(
              scope,
              commitOf([next], { expected: { 'flag/n': stands?.revision ?? 0 } }),
            );
            done += 1;
          } catch (error) {
            expect(error).toMatchObject({ code: 'STALE_REVISION' });
            const current = (error as Problem).current as { revision: number };
            expect(current.revision).toBeGreaterThan(stands?.revision ?? 0);
            stale += 1;
          }
        }
      }
      await Promise.all(Array.from({ length: 16 }, writer));
      const image = await ground.store.image(scope);
      expect(image.documents.value('flag', 'n')?.description).toBe('128');
      expect(image.revision).toBe(2 + 128);
      expect(stale).toBeGreaterThan(0);
    });
  });

  describe('state', () => {
    it('has its own revision, compared and set', async () => {
      const scope = await ground.environment();
      const key = 'route/x';
      await expect(ground.store.writeState(scope, { key, value: { n: 1 }, expected: 0 })).resolves.toEqual({
        key,
        revision: 1,
        value: { n: 1 },
      });
      await ground.store.writeState(scope, { key, value: { n: 2 }, expected: 1 });
      await expect(
        ground.store.writeState(scope, { key, value: { n: 3 }, expected: 1 }),
      ).rejects.toMatchObject({
        code: 'STALE_REVISION',
        current: { key, revision: 2, value: { n: 2 } },
      });
      await expect(ground.store.readState(scope, key)).resolves.toEqual({
        key,
        revision: 2,
        value: { n: 2 },
      });
      expect((await ground.store.image(scope)).revision).toBe(1);
      await expect(ground.store.writeState(scope, { key, value: null, expected: 2 })).resolves.toBeNull();
      await expect(ground.store.readState(scope, key)).resolves.toBeNull();
      expect((await ground.store.image(scope)).states.has(key)).toBe(false);
    });

    it('stands or falls with the commit it is part of', async () => {
      const scope = await ground.environment();
      await ground.store.writeState(scope, { key: 'rollout/r', value: 1 });
      const late = commitOf([flagEdit('a')], { state: [{ key: 'rollout/r', value: 2, expected: 0 }] });
      await expect(ground.store.commit(scope, late)).rejects.toMatchObject({
        code: 'STALE_REVISION',
        current: { key: 'rollout/r', revision: 1, value: 1 },
      });
      await ground.store.commit(scope, { ...late, state: [{ key: 'rollout/r', value: 2, expected: 1 }] });
      const image = await ground.store.image(scope);
      expect(image.revision).toBe(2);
      expect(image.states.get('rollout/r')).toEqual({ key: 'rollout/r', revision: 2, value: 2 });
    });
  });
}
