import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Every setting, by environment variable. Documented in docs/configuration.md, which a test holds against this. */
const schema = z
  .object({
    TIDEGATE_HOST: z.string().min(1).default('127.0.0.1'),
    TIDEGATE_PORT: port.default(8080),
    TIDEGATE_STORE: z.enum(['embedded', 'redis']).default('embedded'),
    TIDEGATE_DATA_DIR: z.string().min(1).default('.data'),
    TIDEGATE_REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
    TIDEGATE_REDIS_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9:_-]{1,40}$/)
      .default('tidegate:'),
    TIDEGATE_LOG_DAYS: z.coerce.number().int().min(1).max(3_650).default(400),
    TIDEGATE_MESH: z.enum(['files', 'istio']).default('files'),
    TIDEGATE_MESH_DIR: z.string().min(1).optional(),
    TIDEGATE_KUBECONFIG: z.string().min(1).optional(),
    TIDEGATE_PROMETHEUS_URL: z.url({ protocol: /^https?$/ }).optional(),
    TIDEGATE_ADMIN_TOKEN: z.string().min(20, 'must have at least 20 characters').max(200).optional(),
    TIDEGATE_OUTGOING_LOOPBACK: list.default([]),
    TIDEGATE_SUBSCRIPTIONS: z.coerce.number().int().min(0).max(1_000_000).default(100),
    TIDEGATE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  })
  .superRefine((value, context) => {
    if (value.TIDEGATE_STORE === 'redis' && value.TIDEGATE_REDIS_URL === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['TIDEGATE_REDIS_URL'],
        message: 'is needed with TIDEGATE_STORE=redis: redis://host:6379',
      });
    }
  });

export type Config = z.output<typeof schema>;
export const CONFIG_NAMES = Object.keys(schema.shape) as readonly (keyof Config)[];

/**
 * Reads the settings from environment variables. An unknown name that starts with TIDEGATE_ is refused as well: a typo
 * would otherwise be a silent default. Throws an Error that names each bad variable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const unknown = Object.keys(given).filter(
    (name) => name.startsWith('TIDEGATE_') && !(name in schema.shape),
  );
  const parsed = schema.safeParse(given);
  const faults = [
    ...unknown.map((name) => `${name} is not a setting of Tidegate`),
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return parsed.data;
}

/** The settings can't be used; `message` names each bad variable. Code CONFIG_INVALID. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';

  constructor(readonly faults: readonly string[]) {
    super(`CONFIG_INVALID: ${faults.join('; ')}`);
    this.name = 'ConfigError';
  }
}
