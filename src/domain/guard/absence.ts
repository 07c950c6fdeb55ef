import type { SelectorName } from '../guard.js';

/** A selector that has no series at present, or none of an arm. */
export interface Absence {
  readonly selector: SelectorName;
  /** The selector itself. */
  readonly text: string;
  /** The label that tells the arms apart, and its values that no series has. */
  readonly label: string;
  readonly missing: readonly string[];
  /** Values of that label that there are, some of them; null: there is no series at all. */
  readonly values: readonly string[] | null;
}

/** Values that are told at most. */
const MOST = 10;

/**
 * What a selector lacks, if anything: of bad events, which need not be there, the series of all arms; of others those of any. `needed`: values
 * of the label; `values`: those that its series have, sorted; null: there is no series.
 */
export function absenceOf(
  asked: Pick<Absence, 'selector' | 'text' | 'label'>,
  needed: readonly string[],
  values: readonly string[] | null,
): Absence[] {
  const missing = needed.filter((value) => values?.includes(value) !== true);
  const isAbsent = asked.selector === 'bad' ? missing.length === needed.length : missing.length > 0;
  return isAbsent ? [{ ...asked, missing, values: values && values.slice(0, MOST) }] : [];
}
