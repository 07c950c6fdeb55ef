import type { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from './error-code.js';
import { issueWords } from './issue-words.js';
import { KEY_FORM, LABEL_FORM } from './key.js';
import type { UserError } from './problem.js';

type Issue = z.core.$ZodIssue;

/** zod's issues as errors with field (below `prefix`), code and a message that names the fix; one for each unknown field. */
export function issueErrors(issues: readonly Issue[], prefix: string): UserError[] {
  return issues.flatMap((issue) => errorsOf(issue, prefix));
}

/** Joins dotted paths, either of which may be empty. */
export function fieldOf(prefix: string, path: readonly PropertyKey[]): string {
  return [...(prefix === '' ? [] : [prefix]), ...path.map(String)].join('.');
}

function errorsOf(issue: Issue, prefix: string): UserError[] {
  const field = fieldOf(prefix, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((name) => ({
        field: fieldOf(field, [name]),
        message: `Unknown field "${name}": remove it.`,
        code: 'INVALID_INPUT',
      }));
    case 'invalid_union':
      return unionErrors(issue, field);
    case 'invalid_key':
      return issueErrors(issue.issues, field);
    default:
      return [{ field, message: sentence(field, issueWords(issue)), code: codeOf(issue) }];
  }
}

/** Of the forms that were tried, the one that fits best: whose issues lie deepest, then with the fewest of them. */
function unionErrors(issue: z.core.$ZodIssueInvalidUnion, field: string): UserError[] {
  const [best] = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a) || a.length - b.length);
  const generic = issue.message === 'Invalid input';
  if (best !== undefined && generic) return issueErrors(best, field);
  return [{ field, message: sentence(field, issue.message), code: 'INVALID_INPUT' }];
}

function depthOf(issues: readonly Issue[]): number {
  return Math.min(...issues.map(({ path }) => path.length));
}

/** Words say what the field must be or is; a rule may also have a sentence of its own. */
function sentence(field: string, message: string): string {
  if (/^[A-Z]/.test(message)) return `${message}.`;
  const name = field.split('.').at(-1) ?? '';
  return name === '' ? `The document ${message}.` : `${name}: ${message}.`;
}

function codeOf(issue: Issue): ErrorCode {
  if (issue.code === 'custom') {
    const code: unknown = issue.params?.['code'];
    if (isErrorCode(code)) return code;
    return issue.message === 'is a reserved name' ? 'RESERVED_NAME' : 'INVALID_INPUT';
  }
  if (issue.code === 'too_big')
    return ['string', 'array', 'set', 'map'].includes(issue.origin) ? 'TOO_LARGE' : 'INVALID_INPUT';
  const form = issue.code === 'invalid_format' ? issue.pattern : undefined;
  return form === String(KEY_FORM) || form === String(LABEL_FORM) ? 'INVALID_KEY' : 'INVALID_INPUT';
}

function isErrorCode(code: unknown): code is ErrorCode {
  return (ERROR_CODES as readonly unknown[]).includes(code);
}
