import { z } from 'zod';
import type { MetricWindow } from '../../../domain/guard/reading.js';
import type { GuardKind } from '../../../domain/guard-kind.js';
import { issueWords } from '../../../domain/issue-words.js';
import { clipped, parsedJson } from '../answer-text.js';

/** What is asked about: after `from`, up to and including `to`, epoch ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const arm = z.strictObject({
  bad: count.optional(),
  total: count,
  sum: z.number().optional(),
  buckets: z.array(count).min(1).max(500).optional(),
});
const answer = z.strictObject({
  from: z.int(),
  to: z.int(),
  new: arm.nullable(),
  control: arm.nullable(),
  bounds: z.array(z.number()).max(499).optional(),
});

type Answer = z.output<typeof answer>;
type Arm = z.output<typeof arm>;

/** The window that an answer tells of, or in words what is wrong with it. */
export function readAnswer(
  text: string,
  asked: Span,
  kind: GuardKind,
): { readonly window: MetricWindow } | { readonly fault: string } {
  const json = parsedJson(text);
  if (json === undefined) return { fault: "the webhook's answer is no JSON" };
  const parsed = answer.safeParse(json);
  if (!parsed.success) return { fault: `the webhook's answer is wrong${wrongAt(parsed.error.issues)}` };
  const fault = spanFault(parsed.data, asked) ?? armsFault(parsed.data, kind);
  return fault === null ? { window: windowOf(parsed.data, kind) } : { fault };
}

/** What is wrong first; a field that nobody knows before one that is missing: it may be that one, misspelt. */
function wrongAt(issues: readonly z.core.$ZodIssue[]): string {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) return '';
  return ` at ${issue.path.length === 0 ? 'the whole' : issue.path.join('.')}: ${clipped(issueWords(issue))}`;
}

/** Counts of any other span would be counted twice, or be lost. */
function spanFault({ from, to }: Answer, asked: Span): string | null {
  if (from !== asked.from)
    return `the webhook's answer begins at ${from}, and was asked for from ${asked.from}: give back the from of the question`;
  if (to > asked.to) return `the webhook's answer ends at ${to}, after the ${asked.to} that was asked for`;
  if (to < from) return `the webhook's answer ends at ${to}, before it begins`;
  return null;
}

function armsFault(told: Answer, kind: GuardKind): string | null {
  const bounds = told.bounds ?? [];
  if (bounds.some((bound, i) => i > 0 && bound <= (bounds[i - 1] ?? bound)))
    return "the webhook's answer is wrong at bounds: they rise";
  for (const name of ['new', 'control'] as const) {
    const words = told[name] && armFault(told[name], bounds, kind);
    if (words !== null) return `the webhook's answer is wrong at ${name}.${words}`;
  }
  return null;
}

function armFault(
  { bad, total, sum, buckets }: Arm,
  bounds: readonly number[],
  kind: GuardKind,
): string | null {
  if (kind === 'mean') return sum === undefined ? 'sum: a mean needs the sum of the values' : null;
  if (kind !== 'latency') {
    if (bad === undefined) return `bad: a guard of kind "${kind}" needs it`;
    return kind !== 'drop' && bad > total ? 'bad: more than total' : null;
  }
  if (buckets === undefined) return 'buckets: latency needs them, and bounds beside the arms';
  if (buckets.length !== bounds.length + 1) return 'buckets: they are one more than bounds';
  const all = buckets.reduce((whole, part) => whole + part, 0);
  return all === total ? null : `buckets: they add up to ${all}, and total is ${total}`;
}

function windowOf({ from, to, new: fresh, control, bounds }: Answer, kind: GuardKind): MetricWindow {
  const hasBuckets = kind === 'latency';
  const countsOf = (one: Arm | null): MetricWindow['new'] =>
    one && {
      bad: one.bad ?? 0,
      total: one.total,
      ...(one.sum !== undefined && { sum: one.sum }),
      ...(hasBuckets && one.buckets && { buckets: one.buckets }),
    };
  return {
    from,
    to,
    new: countsOf(fresh),
    control: countsOf(control),
    ...(hasBuckets && bounds && { bounds }),
  };
}
