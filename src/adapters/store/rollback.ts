import type { Flag, Route } from '@tidegate/sdk/engine';
import type { Commit, StateEdit } from '../../domain/change.js';
import { Documents, ref, type Edit, type Kind, type Ref, type Stored } from '../../domain/documents.js';
import type { GuardRecord } from '../../domain/guard/guard-record.js';
import { stateKey, type Image } from '../../domain/image.js';
import type { Rollout, RolloutPosition } from '../../domain/rollout.js';
import type { LoadedScope } from './ledger.js';

/**
 * The commit that writes again, on a store that has lost what came after revision `base`, what safety needs: each flag
 * that was off goes off, each route that was closed is closed, each rollout that was aborted is aborted (its owned rules
 * leave flag and route), and guards that were latched are latched. Nothing else, and nothing on a document that was
 * written after `base`: somebody has decided on it anew. Null when there is nothing of that kind.
 */
export function planRollback(memory: Image, loaded: LoadedScope, base: number): Commit | null {
  const plan = new Rollback(memory, loaded, base);
  plan.closeFlags();
  plan.closeRoutes();
  plan.abortRollouts();
  plan.latchGuards();
  return plan.commit();
}

class Rollback {
  readonly #memory: Image;
  readonly #documents: Documents;
  readonly #states: ReadonlyMap<string, unknown>;
  readonly #base: number;
  readonly #flags = new Map<string, Flag>();
  readonly #routes = new Map<string, Route>();
  readonly #state: StateEdit[] = [];
  readonly #subjects: Ref[] = [];

  constructor(memory: Image, loaded: LoadedScope, base: number) {
    this.#memory = memory;
    this.#documents = new Documents(loaded.documents);
    this.#states = new Map(loaded.states.map(({ key, value }) => [key, value]));
    this.#base = base;
  }

  closeFlags(): void {
    for (const { key, value } of this.#memory.documents.list('flag')) {
      const stands = this.#untouched('flag', key);
      if (value.enabled || !stands?.value.enabled) continue;
      this.#flags.set(key, { ...stands.value, enabled: false });
      this.#subjects.push(ref('flag', key));
    }
  }

  closeRoutes(): void {
    for (const { key, value } of this.#memory.documents.list('route')) {
      const stands = this.#untouched('route', key);
      if (value.closed === null || stands === undefined || stands.value.closed !== null) continue;
      // A version that the store's older document doesn't have can't take the traffic.
      if (!Object.hasOwn(stands.value.versions, value.closed)) continue;
      this.#routes.set(key, { ...stands.value, closed: value.closed });
      this.#subjects.push(ref('route', key));
    }
  }

  abortRollouts(): void {
    for (const { key, value: rollout } of this.#documents.list('rollout')) {
      const stands = this.#states.get(stateKey.rollout(key)) as RolloutPosition | undefined;
      if (stands === undefined || !['running', 'paused'].includes(stands.state)) continue;
      const aborted = this.#abortedPosition(key, rollout, stands);
      if (aborted === null) continue;
      this.#state.push({ key: stateKey.rollout(key), value: aborted });
      this.#removeOwnedRules(key, rollout);
      this.#subjects.push(ref('rollout', key));
    }
  }

  latchGuards(): void {
    for (const [key, { value }] of this.#memory.states) {
      const [kind, guard, ...subject] = key.split('/');
      if (kind !== 'guard' || guard === undefined || (value as GuardRecord).trip === null) continue;
      const about = subject.join('/') as Ref;
      if (!this.#untouched('guard', guard) || !this.#exists(about)) continue;
      if ((this.#states.get(key) as GuardRecord | undefined)?.trip) continue;
      this.#state.push({ key, value });
      this.#subjects.push(ref('guard', guard));
    }
  }

  commit(): Commit | null {
    const [subject] = this.#subjects;
    if (subject === undefined) return null;
    const edits: Edit[] = [
      ...[...this.#flags].map(([key, value]): Edit => ({ kind: 'flag', key, value })),
      ...[...this.#routes].map(([key, value]): Edit => ({ kind: 'route', key, value })),
    ];
    return {
      edits,
      state: this.#state,
      event: {
        kind: 'rollback',
        subject,
        evidence: {
          knownRevision: this.#memory.revision,
          storeRevision: this.#base,
          restored: this.#subjects,
        },
      },
      expected: Object.fromEntries(
        edits.map(({ kind, key }) => [ref(kind, key), this.#documents.get(kind, key)?.revision ?? 0]),
      ),
      actor: 'system:rollback',
      reason: 'The store has lost changes; what was off, closed, aborted or latched is so again',
    };
  }

  /** Where a rollout that the store believes unfinished must stand; null when it may go on. */
  #abortedPosition(key: string, rollout: Rollout, stands: RolloutPosition): RolloutPosition | null {
    const known = this.#memory.states.get(stateKey.rollout(key))?.value as RolloutPosition | undefined;
    const lost =
      this.#untouched('rollout', key) !== undefined && known !== undefined && known.run >= stands.run;
    if (lost && known.state === 'aborted') return known;
    const closed =
      (rollout.flag !== null && this.#flags.get(rollout.flag.key)?.enabled === false) ||
      (rollout.route !== null && (this.#routes.get(rollout.route.key)?.closed ?? null) !== null);
    return closed ? { ...stands, state: 'aborted', heldAt: null, waiting: '' } : null;
  }

  #removeOwnedRules(key: string, { flag, route }: Rollout): void {
    const owned = new Set([`rollout:${key}:audience`, `rollout:${key}:split`]);
    const present = flag && (this.#flags.get(flag.key) ?? this.#documents.value('flag', flag.key));
    if (present?.rules.some(({ id }) => owned.has(id)))
      this.#flags.set(present.key, { ...present, rules: present.rules.filter(({ id }) => !owned.has(id)) });
    const standing = route && (this.#routes.get(route.key) ?? this.#documents.value('route', route.key));
    if (standing?.rules.some(({ id }) => owned.has(id)))
      this.#routes.set(standing.key, {
        ...standing,
        rules: standing.rules.filter(({ id }) => !owned.has(id)),
      });
  }

  /** The store's document, unless it is gone or was written after the loss. */
  #untouched<K extends Kind>(kind: K, key: string): Stored<K> | undefined {
    const stands = this.#documents.get(kind, key);
    return stands !== undefined && stands.revision <= this.#base ? stands : undefined;
  }

  #exists(about: Ref): boolean {
    const [kind, ...key] = about.split('/');
    return this.#documents.get(kind as Kind, key.join('/')) !== undefined;
  }
}
