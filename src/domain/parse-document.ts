import type { z } from 'zod';
import type { DocumentOf, Kind } from './documents.js';
import { settingsSchema } from './environment.js';
import { flagSchema } from './flag.js';
import { guardSchema } from './guard.js';
import { issueErrors } from './issue-errors.js';
import type { UserError } from './problem.js';
import { rawFault } from './raw-faults.js';
import { rolloutSchema } from './rollout.js';
import { routeSchema } from './route.js';
import { segmentSchema } from './segment.js';

/** Kinds of an environment; the registry has the others. */
export type ConfigurationKind = Exclude<Kind, 'environment' | 'token'>;

const SCHEMAS: { readonly [K in ConfigurationKind]: z.ZodType<DocumentOf<K>> } = {
  flag: flagSchema,
  segment: segmentSchema,
  route: routeSchema,
  guard: guardSchema,
  rollout: rolloutSchema,
  settings: settingsSchema,
};

export function isConfigurationKind(kind: Kind): kind is ConfigurationKind {
  return Object.hasOwn(SCHEMAS, kind);
}

/**
 * A whole document as somebody sent it: its value with all defaults, or what is wrong with it by itself. `field` is put
 * before each error's field. A segment's lists of keys have a limit of their own, and don't count for its size.
 */
export function parseDocument<K extends ConfigurationKind>(
  kind: K,
  raw: unknown,
  field: string,
): { readonly value: DocumentOf<K> } | { readonly errors: readonly UserError[] } {
  const fault = rawFault(raw, field, kind === 'segment' ? withoutLists(raw) : raw);
  if (fault !== null) return { errors: [fault] };
  const parsed = (SCHEMAS[kind] as z.ZodType<DocumentOf<K>>).safeParse(raw);
  return parsed.success ? { value: parsed.data } : { errors: issueErrors(parsed.error.issues, field) };
}

function withoutLists(raw: unknown): unknown {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
    ? { ...raw, included: null, excluded: null }
    : raw;
}
