import type { Report } from './refinement.js';
import { reportRepeats } from './refinement.js';

/** A split of either kind, its arms by name. */
export interface AnySplit {
  readonly arms: readonly { readonly name: string; readonly weight: number }[];
  readonly otherwise: unknown;
}

/** What the split is measured against: the sum of its weights, the names there are, and what a name is called. */
export interface SplitTerms {
  readonly total: number;
  readonly names: ReadonlySet<string>;
  readonly word: 'variant' | 'version';
}

/** Arms that exist, once each, with weights that sum to the total (WEIGHTS_SUM); `otherwise` names one that exists. */
export function checkSplit(
  { arms, otherwise }: AnySplit,
  { total, names, word }: SplitTerms,
  report: Report,
): void {
  const armPath = (index: number): PropertyKey[] => ['arms', index, word];
  for (const [index, { name }] of arms.entries()) checkName(name, armPath(index), { names, word, report });
  reportRepeats(
    arms.map(({ name }) => name),
    armPath,
    report,
  );
  const sum = arms.reduce((weights, { weight }) => weights + weight, 0);
  if (sum !== total) {
    const share = `${total.toLocaleString('en')} (100 %)`;
    report(['arms'], `weights sum to ${sum.toLocaleString('en')}; make them sum to ${share}`, 'WEIGHTS_SUM');
  }
  if (typeof otherwise === 'object' && otherwise !== null && 'arm' in otherwise) {
    checkName(String(otherwise.arm), ['otherwise', 'arm'], { names, word, report });
  }
}

/** Reports a name that does not exist, with those that do. */
export function checkName(
  name: string,
  path: readonly PropertyKey[],
  { names, word, report }: Pick<SplitTerms, 'names' | 'word'> & { readonly report: Report },
): void {
  if (names.has(name)) return;
  const known = [...names].slice(0, 10).join(', ');
  report(path, `there is no ${word} "${name}" here; there are: ${known}`, 'DANGLING_REFERENCE');
}
