import { ref } from '../documents.js';
import { type Image, stateKey } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import { accept, revisionsOf } from './act.js';
import { freshRecord } from '../guard/record.js';
import { keptRecord } from './latches.js';
import { toldOfReset } from './stopped-words.js';

/**
 * Unlatches a guard on one subject (`rollout/<key>`, `flag/<key>` or `route/<key>`) and begins a fresh accumulator.
 * Enables nothing. Refused with NOT_FOUND, NOT_LATCHED.
 */
export function resetGuard(
  image: Image,
  input: { readonly guard: string; readonly subject: string },
  now: number,
): Plan {
  const guard = image.documents.get('guard', input.guard);
  if (guard === undefined) {
    return refuse([{ field: 'key', message: `There is no guard "${input.guard}" here.`, code: 'NOT_FOUND' }]);
  }
  const { record, revision } = keptRecord(image, guard.key, input.subject);
  if (record === null || record.trip === null) {
    const message = input.subject.includes('/')
      ? `Guard ${guard.key} is not tripped on "${input.subject}".`
      : `"${input.subject}" is no subject: say what it is, as in "rollout/${input.subject}".`;
    return refuse([{ field: 'subject', message, code: 'NOT_LATCHED' }]);
  }
  return accept({
    edits: [],
    state: [
      {
        key: stateKey.guard(guard.key, input.subject),
        value: freshRecord(record.run, now),
        expected: revision,
      },
      ...toldOfReset(image, { ...input, evidence: record.trip.evidence }),
    ],
    event: {
      kind: 'reset',
      subject: ref('guard', guard.key),
      evidence: { of: input.subject, trippedAt: record.trip.at, trip: record.trip.evidence },
    },
    ...revisionsOf(image, [], [ref('guard', guard.key)]),
  });
}
