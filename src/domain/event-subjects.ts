import type { ChangeEvent } from './change.js';

/** What of an event's evidence names a document: whom a guard acted on, and the rollout that ended with it. */
const NAMING = ['of', 'aborted'] as const;

/** How JSON spells that an event's evidence names a document. */
export function evidenceNaming(document: string): string[] {
  return NAMING.map((name) => `"${name}":${JSON.stringify(document)}`);
}

/** The documents that an event is about: its subject first, then whom it happened on (`rollout/new-checkout`). None without an event. */
export function eventSubjects(event: ChangeEvent | null | undefined): string[] {
  if (event == null) return [];
  const named = NAMING.map((name) => event.evidence[name]).filter((value) => typeof value === 'string');
  return [event.subject, ...named];
}
