import { RE2JS } from 're2js';
import type { LabelMatcher, Selector } from './metric-selector.js';

/** Whether a series is one that a selector selects; a label that it doesn't have is empty. */
export type SelectorTest = (metric: string, labels: { readonly [name: string]: string }) => boolean;

type LabelTest = (value: string) => boolean;

/** How a selector's series are told. Throws where a pattern is none of RE2 (see `selectorFault`). */
export function selectorTest({ metric: wanted, matchers }: Selector): SelectorTest {
  const tests = matchers.map((matcher) => [matcher.label, labelTest(matcher)] as const);
  return (metric, labels) =>
    (wanted === null || wanted === metric) &&
    tests.every(([label, test]) => test(label === '__name__' ? metric : (labels[label] ?? '')));
}

/** Why a selector can't be told here, in words; null where it can. */
export function selectorFault({ matchers }: Selector): string | null {
  const bad = matchers.find((matcher) => !compiles(matcher));
  return bad === undefined ? null : `"${bad.value}" is no regular expression of RE2`;
}

function labelTest({ operator, value }: LabelMatcher): LabelTest {
  if (operator === '=') return (given) => given === value;
  if (operator === '!=') return (given) => given !== value;
  const pattern = RE2JS.compile(value);
  return (given) => pattern.matches(given) === (operator === '=~');
}

function compiles({ operator, value }: LabelMatcher): boolean {
  if (operator === '=' || operator === '!=') return true;
  try {
    RE2JS.compile(value);
    return true;
  } catch {
    return false;
  }
}
