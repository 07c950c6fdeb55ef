import type { Flag } from '@tidegate/sdk/engine';

/** A boolean flag that is on for everybody, but for what is given. */
export function flag(key: string, over: Partial<Flag> = {}): Flag {
  return {
    key,
    type: 'boolean',
    description: '',
    owner: '',
    tags: [],
    lifetime: 'temporary',
    expiresAt: null,
    variants: { on: true, off: false },
    enabled: true,
    defaultVariant: 'on',
    offVariant: 'off',
    prerequisites: [],
    targets: [],
    rules: [],
    ...over,
  };
}
