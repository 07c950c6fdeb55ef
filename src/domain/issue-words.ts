import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** How zod's own messages begin; those of our rules begin with a small letter. */
const OF_ZOD = /^(Too (small|big)|Invalid |Unrecognized key)/;

/** What a field must be, in words that follow its name: those of our own rules as they are, zod's as plain ones. */
export function issueWords(issue: Issue): string {
  return OF_ZOD.test(issue.message) ? plainWords(issue) : issue.message;
}

function plainWords(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords(issue);
    case 'too_small':
      return limitWords(issue, issue.minimum, ['more', 'more than', 'at least']);
    case 'too_big':
      return limitWords(issue, issue.maximum, ['less', 'less than', 'at most']);
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'unrecognized_keys':
      return `has the unknown ${issue.keys.length > 1 ? 'fields' : 'field'} ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    default:
      return formWords(issue);
  }
}

/** zod says of what is missing that it is undefined, which no JSON is. */
function typeWords({ expected, message }: z.core.$ZodIssueInvalidType): string {
  const what = expected === 'int' ? 'whole number' : expected;
  const wanted = `${/^[aeio]/.test(what) ? 'an' : 'a'} ${what}`;
  return message.endsWith('received undefined') ? `is not given; give ${wanted}` : `must be ${wanted}`;
}

/** What lists and texts have is counted, and said so. */
const COUNTED: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'entries',
  set: 'entries',
  map: 'entries',
};

function limitWords(
  { origin, inclusive }: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  limit: number | bigint,
  [orMore, beyond, counted]: readonly [string, string, string],
): string {
  const things = COUNTED[origin];
  if (things !== undefined) return `must have ${counted} ${limit} ${limit === 1 ? singular(things) : things}`;
  return inclusive === false ? `must be ${beyond} ${limit}` : `must be ${limit} or ${orMore}`;
}

function singular(things: string): string {
  return things === 'entries' ? 'entry' : things.replace(/s$/, '');
}

function formWords(issue: Issue): string {
  if (issue.code !== 'invalid_format') return 'is not of the form that is wanted';
  if (issue.format === 'url') return 'must be a URL';
  return issue.format === 'regex'
    ? `must match ${issue.pattern ?? 'its form'}`
    : `must be of the form ${issue.format}`;
}
