import { type Ref, ref } from '../documents.js';
import type { Image } from '../image.js';
import type { ProposedEdit } from '../plan-change.js';
import type { ScheduledEdit } from './scheduled-change.js';

/** What scheduled edits mean on this image; errors belong below `changes.<n>`. */
export function scheduleProposals(image: Image, changes: readonly ScheduledEdit[]): ProposedEdit[] {
  return changes.map(({ kind, key, value, set }, index): ProposedEdit => {
    const standing = image.documents.value(kind, key);
    const field = `changes.${index}`;
    if (set !== undefined)
      return { kind, key, value: { ...standing, ...set }, mode: 'update', field: `${field}.set` };
    if (value === null) return { kind, key, value, mode: 'delete', field };
    const mode = standing === undefined ? 'create' : 'update';
    const whole = typeof value === 'object' && !Array.isArray(value) ? { key, ...value } : value;
    return { kind, key, value: whole, mode, field: `${field}.value` };
  });
}

export function scheduleExpected(changes: readonly ScheduledEdit[]): { readonly [name: Ref]: number } {
  return Object.fromEntries(
    changes.flatMap(({ kind, key, expectedRevision }) =>
      expectedRevision === undefined ? [] : [[ref(kind, key), expectedRevision]],
    ),
  );
}
