import { type Guard, type SelectorName, SELECTORS, TELLING_LABELS } from './guard.js';
import type { GuardKind } from './guard-kind.js';
import { readSelector } from './metric-selector.js';
import type { UserError } from './problem.js';
import { isSameJson } from './same-json.js';

/** The selectors that a query of each kind has; it has no others. */
const SELECTED: { readonly [kind in GuardKind]: readonly SelectorName[] } = {
  ratio: ['bad', 'total'],
  latency: ['buckets'],
  mean: ['sum', 'total'],
  drop: ['bad', 'total'],
  burn: ['bad', 'total'],
  kOfN: ['bad', 'total'],
  topline: ['bad', 'total'],
};
/** Kinds with settings of their own, and whether they need them. */
const SETTINGS = { latency: false, mean: false, burn: true, kOfN: true, topline: true } as const;

/** What of a guard doesn't go with its kind: INVALID_INPUT, GUARD_ACTION. */
export function kindErrors(guard: Guard): UserError[] {
  return [
    ...boundErrors(guard),
    ...settingsErrors(guard),
    ...spanErrors(guard),
    ...selectorErrors(guard),
    ...templateErrors(guard),
    ...strataErrors(guard),
  ];
}

/** Only counts of events add up over the values of a label, and only series have labels. */
function strataErrors({ strata, kind, margin, source, query, template }: Guard): UserError[] {
  if (strata === null) return [];
  const isCounted = kind === 'drop' || (kind === 'ratio' && margin !== null);
  if (!isCounted)
    return [
      fault('strata', 'Only a guard of kind "drop", or "ratio" with a margin, has strata: leave this out.'),
    ];
  if (source !== 'prometheus' && source !== 'otlp')
    return [fault('strata', 'Only series have labels: leave this out, or take source prometheus or otlp.')];
  const taken = [
    'le',
    query?.arm.label,
    ...failureLabels(query),
    ...(template === null ? [] : TELLING_LABELS[template]),
  ];
  if (taken.includes(strata.label))
    return [
      fault('strata.label', `The label "${strata.label}" tells something else apart: name another one.`),
    ];
  return [];
}

/** Labels by which a query tells the bad ones from all: within one of their values all are bad, or none. */
function failureLabels(query: Guard['query']): string[] {
  const [bad, total] = [query?.bad, query?.total].map((text) => readSelector(text ?? '')?.matchers ?? []);
  return (bad ?? [])
    .filter((one) => !total?.some((other) => isSameJson(one, other)))
    .map(({ label }) => label);
}

function boundErrors(guard: Guard): UserError[] {
  switch (guard.kind) {
    case 'ratio':
      return ratioErrors(guard);
    case 'kOfN':
      return [
        ...(guard.threshold === null
          ? [fault('threshold', 'Give a threshold: the share of bad ones from which on a check is bad.')]
          : []),
        ...withoutMargin(guard),
      ];
    case 'topline':
      return [...toplineErrors(guard), ...withoutThreshold(guard), ...withoutMargin(guard)];
    case 'burn':
      return [...withoutThreshold(guard), ...withoutMargin(guard)];
    default:
      return [...withoutThreshold(guard), ...marginErrors(guard)];
  }
}

const TOPLINE_ACTIONS: readonly Guard['action'][] = [null, 'pause', 'stepBack', 'tell', 'none'];

/** It says that something is wrong after a step, and not with which arm. */
function toplineErrors({ target, action }: Guard): UserError[] {
  const errors: UserError[] = [];
  if (target !== null)
    errors.push(
      fault('target', 'A topline guard looks at what follows the steps of a rollout: leave this out.'),
    );
  if (!TOPLINE_ACTIONS.includes(action)) {
    const message = `A topline guard doesn't know which arm it is: use "pause", "stepBack", "tell" or "none" in place of "${action}".`;
    errors.push({ field: 'action', message, code: 'GUARD_ACTION' });
  }
  return errors;
}

function ratioErrors({ margin, threshold }: Guard): UserError[] {
  if (margin === null && threshold === null)
    return [
      fault(
        'margin',
        'Give a margin (compared with the control), a threshold (by itself), or both (worse than the control and above it).',
      ),
    ];
  return margin === null || margin >= 1 ? [] : [fault('margin', ATLEAST_1)];
}

const ATLEAST_1 = 'The margin is 1 or more: how many times the control’s the new arm’s may be.';
const ATMOST_1 =
  'The margin is 1 or less where lower is worse: 0.95 allows the new arm 95 % of the control’s.';

function marginErrors({ kind, margin, mean }: Guard): UserError[] {
  if (margin === null) return [fault('margin', `A guard of kind "${kind}" needs a margin.`)];
  const lowerIsWorse = kind === 'drop' || (kind === 'mean' && mean?.worse === 'lower');
  if (lowerIsWorse) return margin <= 1 ? [] : [fault('margin', ATMOST_1)];
  return margin >= 1 ? [] : [fault('margin', ATLEAST_1)];
}

function withoutMargin({ kind, margin }: Guard): UserError[] {
  return margin === null ? [] : [fault('margin', `A guard of kind "${kind}" has no margin: leave it out.`)];
}

function withoutThreshold({ kind, threshold }: Guard): UserError[] {
  return threshold === null
    ? []
    : [fault('threshold', `A guard of kind "${kind}" has no threshold: leave it out.`)];
}

function settingsErrors(guard: Guard): UserError[] {
  const { kind } = guard;
  return Object.entries(SETTINGS).flatMap(([name, isNeeded]) => {
    const settings = guard[name as keyof typeof SETTINGS];
    if (name !== kind)
      return settings === null
        ? []
        : [fault(name, `A guard of kind "${kind}" has no ${name}: leave it out.`)];
    return settings === null && isNeeded
      ? [fault(name, `A guard of kind "${kind}" needs its settings: give ${name}.`)]
      : [];
  });
}

/** Longest span of a pair, in short ones: what is remembered is bounded. */
const MOST_SHORT_SPANS = 60;

function spanErrors({ burn, kOfN }: Guard): UserError[] {
  const errors = (burn?.pairs ?? []).flatMap(({ long, short }, i) => {
    if (short < long && long <= short * MOST_SHORT_SPANS) return [];
    return [
      fault(
        `burn.pairs.${i}.short`,
        `The short span is less than the long one, and at least a ${MOST_SHORT_SPANS}th of it.`,
      ),
    ];
  });
  if (kOfN !== null && kOfN.k > kOfN.of)
    errors.push(fault('kOfN.k', `No more than all ${kOfN.of} checks can be bad: give a smaller k.`));
  return errors;
}

function templateErrors({ kind, template }: Guard): UserError[] {
  if (kind !== 'drop' || template === null) return [];
  const message =
    'A template counts failures and times: give a query whose bad counts what must not become fewer.';
  return [fault('template', message)];
}

function selectorErrors({ kind, query }: Guard): UserError[] {
  if (query === null) return [];
  const needed = SELECTED[kind];
  return SELECTORS.flatMap((name) => {
    if (needed.includes(name) === (query[name] !== undefined)) return [];
    const names = needed.join(' and ');
    const what = needed.includes(name)
      ? `needs ${names}: give ${name}`
      : `has no ${name}: leave it out; it has ${names}`;
    return [fault(`query.${name}`, `The query of a guard of kind "${kind}" ${what}.`)];
  });
}

function fault(field: string, message: string): UserError {
  return { field, message, code: 'INVALID_INPUT' };
}
