import { type AnyDocument, type Documents, type Kind, ref, type Ref, type Stored } from './documents.js';
import { type FieldChange, fieldDiff } from './field-diff.js';
import type { StoredFlag } from './flag.js';
import { hasText } from './page.js';
import { isOwnedRuleId } from './rollout/owned-rules.js';

/** What a comparison can be narrowed by, all that is given must hold; and what it takes in beside the usual. */
export interface ComparisonFilter {
  readonly kinds?: readonly Kind[] | null;
  readonly key?: string | null;
  /** Part of the key or description, any case. */
  readonly text?: string | null;
  /** Flags with this tag in either environment; other kinds have none. */
  readonly tag?: string | null;
  /** Take in the settings too. */
  readonly settings?: boolean | null;
  /** Take in where routes lie: service, port, gateways, mesh, salt, mirror. */
  readonly placement?: boolean | null;
}

export interface DocumentComparison {
  readonly kind: Kind;
  readonly key: string;
  readonly status: 'differs' | 'onlyInFrom' | 'onlyInTo';
  /** Revision in each environment, null where it is not there. */
  readonly fromRevision: number | null;
  readonly toRevision: number | null;
  /** From the first to the second environment; none where one of them has no such document. */
  readonly fields: readonly FieldChange[];
}

export interface Comparison {
  readonly documents: readonly DocumentComparison[];
  /** How many of those looked at are the same in both. */
  readonly same: number;
}

/**
 * What of a route says where it lies, and belongs to one environment by nature: no two can have the same place, and a mirror
 * stands for a while, or is a rollout's.
 */
export const PLACEMENT = ['service', 'port', 'gateways', 'mesh', 'salt', 'mirror'] as const;

/**
 * Documents that are not the same in two environments, by kind and key. What belongs to one environment by nature is
 * left out: revisions, the rules that a rollout owns, and unless asked for the settings and the placement of routes.
 */
export function compareEnvironments(from: Documents, to: Documents, filter: ComparisonFilter): Comparison {
  const names = new Map<Ref, Stored>();
  for (const stored of [...from.all(), ...to.all()]) names.set(ref(stored.kind, stored.key), stored);
  const looked = [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { kind, key }]) => ({ kind, key, was: from.get(kind, key), is: to.get(kind, key) }))
    .filter(({ was, is }) => [was, is].some((stored) => stored !== undefined && passes(stored, filter)));
  const documents = looked.flatMap(({ kind, key, was, is }): DocumentComparison[] => {
    const revisions = { fromRevision: was?.revision ?? null, toRevision: is?.revision ?? null };
    if (was === undefined) return [{ kind, key, status: 'onlyInTo', ...revisions, fields: [] }];
    if (is === undefined) return [{ kind, key, status: 'onlyInFrom', ...revisions, fields: [] }];
    const fields = fieldDiff(comparable(was, filter), comparable(is, filter));
    return fields.length === 0 ? [] : [{ kind, key, status: 'differs', ...revisions, fields }];
  });
  return { documents, same: looked.length - documents.length };
}

function passes({ kind, key, value }: Stored, filter: ComparisonFilter): boolean {
  if (kind === 'settings' && filter.settings !== true) return false;
  return (
    (filter.kinds == null || filter.kinds.includes(kind)) &&
    (filter.key == null || filter.key === key) &&
    (filter.tag == null || (kind === 'flag' && (value as StoredFlag).tags.includes(filter.tag))) &&
    hasText(value, filter.text)
  );
}

function comparable({ kind, value }: Stored, { placement }: ComparisonFilter): AnyDocument {
  if (!('rules' in value) || kind === 'segment') return value;
  const { rules, ...rest } = value as { readonly rules: readonly { readonly id: string }[] };
  const own = { ...rest, rules: rules.filter(({ id }) => !isOwnedRuleId(id)) } as unknown as AnyDocument;
  return kind === 'route' && placement !== true ? unplaced(own) : own;
}

function unplaced(route: AnyDocument): AnyDocument {
  const fields = Object.entries(route).filter(([name]) => !(PLACEMENT as readonly string[]).includes(name));
  return Object.fromEntries(fields) as unknown as AnyDocument;
}
