import { type Guard, SELECTORS } from './guard.js';
import { readSelector } from './metric-selector.js';
import type { UserError } from './problem.js';

/** What of a query can tell no arms apart, or no bad ones from all: SAME_ARMS, INVALID_INPUT. */
export function queryErrors({ query }: Guard): UserError[] {
  if (query === null) return [];
  const { arm } = query;
  const errors: UserError[] = [];
  if (arm.new === arm.control)
    errors.push({ field: 'query.arm', message: 'New and control are the same.', code: 'SAME_ARMS' });
  if (query.bad !== undefined && query.bad === query.total)
    errors.push(wrong('bad', 'Bad and total are the same, so that all would be bad: select the bad ones.'));
  for (const name of SELECTORS) {
    const matchers = readSelector(query[name] ?? '')?.matchers ?? [];
    if (matchers.some(({ label }) => label === arm.label))
      errors.push(wrong(name, `Leave \`${arm.label}\` to \`arm\`: a selector is read for both arms.`));
  }
  return errors;
}

function wrong(selector: string, message: string): UserError {
  return { field: `query.${selector}`, message, code: 'INVALID_INPUT' };
}
