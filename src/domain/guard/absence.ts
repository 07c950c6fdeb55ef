import type { GuardQuery } from '../guard.js';

/** A selector that has no series at present, or none of an arm. */
export interface Absence {
  readonly selector: Exclude<keyof GuardQuery, 'arm'>;
  /** The selector itself. */
  readonly text: string;
  /** The label that tells the arms apart, and its values that no series has. */
  readonly label: string;
  readonly missing: readonly string[];
  /** Values of that label that there are, some of them; null: there is no series at all. */
  readonly values: readonly string[] | null;
}
