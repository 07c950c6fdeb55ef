/**
 * A temporary flag with the variants `on` and `off` that serves `off`, as a document; any field can be given.
 * @param {string} key
 * @param {Partial<import('@tidegate/sdk/engine').Flag>} [fields]
 * @returns {import('@tidegate/sdk/engine').Flag}
 */
export function booleanFlag(key, fields = {}) {
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
    defaultVariant: 'off',
    offVariant: 'off',
    prerequisites: [],
    targets: [],
    rules: [],
    ...fields,
  };
}
