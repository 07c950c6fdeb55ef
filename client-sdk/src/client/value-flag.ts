import type { Flag, FlagType, Json } from '../engine/index.js';

/** A flag that answers `value` to everybody, made of nothing but key and value; for tests and for hand-made bootstraps. */
export function valueFlag(key: string, value: Json): Flag {
  const boolean = typeof value === 'boolean';
  const variant = boolean ? (value ? 'on' : 'off') : 'value';
  return {
    key,
    type: typeOf(value),
    description: '',
    owner: '',
    tags: [],
    lifetime: 'temporary',
    expiresAt: null,
    variants: boolean ? { on: true, off: false } : { value },
    enabled: true,
    defaultVariant: variant,
    offVariant: null,
    prerequisites: [],
    targets: [],
    rules: [],
  };
}

function typeOf(value: Json): FlagType {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  return 'object';
}
