import { flagSchema } from '../dist/src/domain/flag.js';

const OFF = flagSchema.parse({
  key: 'off',
  type: 'boolean',
  variants: { on: true, off: false },
  enabled: true,
  defaultVariant: 'off',
  offVariant: 'off',
});

/** A flag with the variants `on` and `off` that is enabled and serves `off`, as a document; any field can be given. */
export function booleanFlag(key, fields = {}) {
  return { ...OFF, key, ...fields };
}
