import { type Absence, absenceOf } from '../../../domain/guard/absence.js';
import { armsNeeded } from '../../../domain/guard/absence-words.js';
import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import { selectorsOf } from './guard-selectors.js';
import type { PrometheusClient } from './prometheus-client.js';

/** What there was lately is looked for among bad ones, which may be rare. */
const LATELY = '1h';

/**
 * Which selectors of a guard have no series now; of bad ones, which need not be there, none in the last hour. One query for each, by the
 * label that tells the arms apart, at a time of the server's own: the store's clock may be wrong. Of a template only what has to be there: no
 * person wrote its selectors. Rejects as the client does.
 */
export async function absentSeries(
  client: Pick<PrometheusClient, 'values'>,
  subject: GuardSubject,
): Promise<Absence[]> {
  const selectors = selectorsOf(subject);
  if (selectors === null) return [];
  const { arm } = selectors;
  const needed = armsNeeded(subject.guard, arm);
  const found: Absence[] = [];
  for (const selector of ['total', 'sum', 'buckets', 'bad'] as const) {
    const text = selectors[selector];
    if (text === undefined || (selector === 'bad' && subject.guard.query === null)) continue;
    const asked = { selector, text, label: arm.label };
    found.push(...absenceOf(asked, needed, await valuesOf(client, asked)));
  }
  return found;
}

/** Values of a label that the series of a selector have, sorted; null where there is no series. */
async function valuesOf(
  client: Pick<PrometheusClient, 'values'>,
  { selector, text, label }: Pick<Absence, 'selector' | 'text' | 'label'>,
): Promise<string[] | null> {
  const series = selector === 'bad' ? `last_over_time(${text}[${LATELY}])` : text;
  const counted = await client.values(`count by (${label}) (${series})`);
  if (counted.length === 0) return null;
  return counted.flatMap(({ labels }) => labels[label] ?? []).sort();
}
