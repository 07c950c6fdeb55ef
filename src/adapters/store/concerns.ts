import type { Change } from '../../domain/change.js';
import { eventSubjects } from '../../domain/event-subjects.js';

/** Whether a change wrote a document (`flag/checkout`), or its event is about it. */
export function concerns(change: Change, document: string): boolean {
  return (
    eventSubjects(change.event).includes(document) ||
    change.documents.some(({ kind, key }) => `${kind}/${key}` === document)
  );
}
