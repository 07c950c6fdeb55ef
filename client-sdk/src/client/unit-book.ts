import {
  type EvaluationContext,
  type FlagSplit,
  type Resolution,
  type Snapshot,
  type UnitHash,
  unitHash,
} from '../engine/index.js';
import type { PrivateAttributes } from './private-attributes.js';
import type { components } from './wire.types.js';

/** Hashes of distinct units, as they go over the wire. */
export type UnitCount = components['schemas']['UnitCount'];

const EXPOSURES = 'exposures';
/** Rules of this form are a rollout's split; only those are compared. */
const SPLIT = /^rollout:.+:split$/;
/** Units of one split and event kept whole; from the next so many only every other hash is, and so on. */
const PER_LEVEL = 8_192;
const MOST_LEVELS = 12;
/** Milliseconds after which units are told again: the server may have forgotten, or count another run. It takes each once. */
const REMEMBERED_FOR = 600_000;

interface Watch {
  readonly flag: string;
  readonly rule: string;
  readonly split: FlagSplit;
  readonly hashOf: UnitHash;
  /** Event → hashes told already, or about to be. */
  readonly told: Map<string, Set<number>>;
  /** JSON of variant, event and share → hashes still to be told. */
  readonly waiting: Map<string, Omit<UnitCount, 'units'> & { readonly units: number[] }>;
}

/**
 * Which subjects a rollout's split served, and which of them did something that a guard asks about: hashes, each told once.
 * Bounded: of very many subjects a part is kept, the same hashes of each variant.
 */
export class UnitBook {
  readonly #hidden: PrivateAttributes;
  readonly #watches = new Map<string, Watch>();
  #tellAll: number | null = null;

  constructor(hidden: PrivateAttributes) {
    this.#hidden = hidden;
  }

  /** Whether any split is watched; where none is, nothing need be asked. */
  get watching(): boolean {
    return this.#watches.size > 0;
  }

  /** Watches the splits of rollouts whose flags some event is credited to. Splits by private attributes are left out. */
  show({ events, flags }: Pick<Snapshot, 'events' | 'flags'>): void {
    const counted = new Set(Object.values(events ?? {}).flat());
    const before = new Map(this.#watches);
    this.#watches.clear();
    for (const flag of counted.size === 0 ? [] : flags) {
      try {
        if (counted.has(flag.key)) this.#watch(flag, before);
      } catch {
        // A malformed flag: the engine answers GENERAL for it, and none of its splits serves anybody.
      }
    }
  }

  #watch({ key, rules }: Snapshot['flags'][number], before: ReadonlyMap<string, Watch>): void {
    for (const { id, serve } of rules) {
      if (!SPLIT.test(id) || !('split' in serve) || this.#hidden.covers(serve.split.bucketBy)) continue;
      this.#watches.set(id, watchOf(key, id, serve.split, before.get(id)));
    }
  }

  /** Notes that a subject was served. */
  exposed({ rule, variant }: Resolution, context: EvaluationContext): void {
    const watch = rule === null ? undefined : this.#watches.get(rule);
    if (watch !== undefined && variant !== null) note(watch, EXPOSURES, variant, context);
  }

  /** Notes that a subject did something. */
  tracked(event: string, { rule, variant }: Resolution, context: EvaluationContext): void {
    const watch = rule === null ? undefined : this.#watches.get(rule);
    if (watch !== undefined && variant !== null) note(watch, event, variant, context);
  }

  /** Takes out what is still to be told, at most so many hashes. `now`: any clock, ms. */
  take(most: number, now: number): UnitCount[] {
    this.#tellAll ??= now + REMEMBERED_FOR;
    if (now >= this.#tellAll) {
      this.#tellAll = now + REMEMBERED_FOR;
      for (const { told } of this.#watches.values()) told.clear();
    }
    const taken: UnitCount[] = [];
    let room = most;
    for (const { waiting } of this.#watches.values()) {
      for (const [name, { units, ...rest }] of waiting) {
        if (room === 0) return taken;
        const part = units.splice(0, room);
        room -= part.length;
        taken.push({ ...rest, units: part });
        if (units.length === 0) waiting.delete(name);
      }
    }
    return taken;
  }
}

/** What was told of the same split stays told; a split hashed anew begins anew. */
function watchOf(flag: string, rule: string, split: FlagSplit, before: Watch | undefined): Watch {
  const same =
    before?.split.salt === split.salt &&
    JSON.stringify(before.split.bucketBy) === JSON.stringify(split.bucketBy);
  const told = same ? before.told : new Map<string, Set<number>>();
  const waiting: Watch['waiting'] = same ? before.waiting : new Map();
  return { flag, rule, split, hashOf: unitHash(split, rule), told, waiting };
}

function note(watch: Watch, event: string, variant: string, context: EvaluationContext): void {
  const hash = watch.hashOf(context);
  let told = watch.told.get(event);
  if (told === undefined) watch.told.set(event, (told = new Set()));
  const limit = 2 ** (32 - Math.min(MOST_LEVELS, Math.floor(told.size / PER_LEVEL)));
  if (hash < 0 || hash >= limit || told.has(hash)) return;
  told.add(hash);
  const share = watch.split.arms.find((arm) => arm.variant === variant)?.weight ?? 0;
  const name = JSON.stringify([variant, event, share]);
  const entry = watch.waiting.get(name);
  if (entry !== undefined) entry.units.push(hash);
  else {
    const { flag, rule } = watch;
    watch.waiting.set(name, { flag, rule, variant, event, share, units: [hash] });
  }
}
