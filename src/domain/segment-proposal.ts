import { sortedKeys, withKeyChange, type Segment } from '@tidegate/sdk/engine';
import { fieldOf, issueErrors } from './issue-errors.js';
import { parseDocument } from './parse-document.js';
import type { UserError } from './problem.js';
import { formFault } from './raw-faults.js';
import { MOST_SEGMENT_KEYS } from './segment-keys.js';
import { segmentKeysSchema, tooManyKeys, type SegmentKeysEdit } from './segment.js';

type Read = { readonly value: Segment } | { readonly errors: readonly UserError[] };

/** A whole segment as somebody sent it. Lists that are those of `standing` are not gone through again, however long. */
export function parseSegment(raw: unknown, standing: Segment | undefined, field: string): Read {
  if (standing === undefined || !hasListsOf(standing, raw)) return parseDocument('segment', raw, field);
  const { included, excluded } = standing;
  const parsed = parseDocument('segment', { ...raw, included: [], excluded: [] }, field);
  return 'errors' in parsed ? parsed : { value: { ...parsed.value, included, excluded } };
}

function hasListsOf({ included, excluded }: Segment, raw: unknown): raw is object {
  if (typeof raw !== 'object' || raw === null || !('included' in raw) || !('excluded' in raw)) return false;
  return raw.included === included && raw.excluded === excluded;
}

/**
 * The standing segment with keys put in and taken out, as somebody sent them (`SegmentKeysEdit`, whose parts may be
 * missing): only those are looked at. INVALID_INPUT, DUPLICATE_KEY, SEGMENT_TOO_LARGE.
 */
export function withKeysEdit(standing: Segment, raw: unknown, field: string): Read {
  const fault = formFault(raw, field);
  if (fault !== null) return { errors: [fault] };
  const parsed = segmentKeysSchema.safeParse(raw);
  if (!parsed.success) return { errors: issueErrors(parsed.error.issues, field) };
  const value = edited(standing, parsed.data);
  const count = value.included.length + value.excluded.length;
  if (count <= MOST_SEGMENT_KEYS) return { value };
  const message = `There ${tooManyKeys(count)}: take some out first, or use an attribute in a rule.`;
  return { errors: [{ field: fieldOf(field, ['include']), message, code: 'SEGMENT_TOO_LARGE' }] };
}

function edited(standing: Segment, { include, exclude, forget }: SegmentKeysEdit): Segment {
  const [added, denied] = [sortedKeys(include), sortedKeys(exclude)];
  return {
    ...standing,
    included: withKeyChange(standing.included, { added, removed: [...denied, ...forget] }),
    excluded: withKeyChange(standing.excluded, { added: denied, removed: [...added, ...forget] }),
  };
}
