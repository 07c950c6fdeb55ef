import type { LoadedScope } from './ledger.js';
import type { ScopeMemory } from './scope-memory.js';

/**
 * How what the store holds relates to what this process remembers of a scope.
 * - `same`: the store goes on from it; `renew` when its epoch is over all the same (the store was started anew).
 * - `back`: the store has lost all after revision `base`; `renew` when nobody has begun a new epoch for that yet.
 * - `foreign`: neither came from the other, so the record that we know is gone.
 */
export type Kinship =
  | { readonly kind: 'same'; readonly renew: boolean }
  | { readonly kind: 'back'; readonly base: number; readonly renew: boolean }
  | { readonly kind: 'foreign' };

export function kinshipOf(memory: ScopeMemory | null, loaded: LoadedScope): Kinship {
  const renew = loaded.restarted;
  if (memory === null) return { kind: 'same', renew };
  const { epoch, revision } = memory.position;
  if (loaded.epoch === epoch) {
    return loaded.revision < revision
      ? { kind: 'back', base: loaded.revision, renew: true }
      : { kind: 'same', renew };
  }
  const known = loaded.epochs.findIndex((start) => start.epoch === epoch);
  if (known >= 0) {
    const base = Math.min(...loaded.epochs.slice(known + 1).map((start) => start.revision));
    return base < revision ? { kind: 'back', base, renew } : { kind: 'same', renew };
  }
  return memory.epochs.some((start) => start.epoch === loaded.epoch)
    ? { kind: 'back', base: loaded.revision, renew: true }
    : { kind: 'foreign' };
}
