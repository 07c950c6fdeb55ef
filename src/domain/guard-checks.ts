import type { Documents } from './documents.js';
import { type Guard, type GuardAction, type GuardQuery, SELECTORS, TEMPLATES_OF } from './guard.js';
import { kindErrors } from './guard-kind-checks.js';
import { queryErrors } from './guard-query-checks.js';
import { readSelector } from './metric-selector.js';
import type { UserError } from './problem.js';
import type { Rollout } from './rollout.js';
import { selectorFault } from './selector-test.js';
import { EXPOSURES } from './series.js';

type Fault = UserError;

interface Misfit {
  readonly reason: string;
  readonly code: UserError['code'];
}

/** What is wrong with a guard in itself: INVALID_INPUT, GUARD_ACTION, SAME_ARMS, GUARD_NEEDS_ROUTE, GUARD_NEEDS_FLAG. */
export function guardErrors(guard: Guard): Fault[] {
  return [
    ...kindErrors(guard),
    ...sourceErrors(guard),
    ...queryErrors(guard),
    ...userErrors(guard),
    ...aloneErrors(guard),
    ...blindErrors(guard),
    ...targetErrors(guard),
    ...routeErrors(guard),
    ...askErrors(guard),
  ];
}

function sourceErrors(guard: Guard): Fault[] {
  const { source, query } = guard;
  const strange = strangeErrors(guard);
  switch (source) {
    case 'events':
      if (guard.events !== null) return [...strange, ...eventErrors(guard, guard.events)];
      return [fault('events', 'A guard on events names its flag and its bad event.'), ...strange];
    case 'webhook':
      if (guard.webhook !== null) return strange;
      return [fault('webhook', 'A guard on a webhook names its URL and its secret.'), ...strange];
    case 'otlp':
      return [...strange, ...seriesErrors(guard), ...templateErrors(guard), ...pushedErrors(query)];
    default:
      return [...strange, ...seriesErrors(guard), ...templateErrors(guard)];
  }
}

/** What is held against itself can't get worse. A mean reads no total: it is of the values of one event. */
function eventErrors({ kind }: Guard, { bad, total }: NonNullable<Guard['events']>): Fault[] {
  if (bad !== total || kind === 'mean') return [];
  return [
    fault('events.bad', `Bad and total are both "${bad}", so that all would be bad: name another event.`),
  ];
}

const NAMES = {
  prometheus: 'Prometheus',
  otlp: 'pushed metrics',
  events: 'events',
  webhook: 'a webhook',
} as const;
/** Which fields say what each source reads. */
const READS = {
  prometheus: ['query', 'template', 'server'],
  otlp: ['query', 'template'],
  events: ['events'],
  webhook: ['webhook'],
} as const satisfies { readonly [source in Guard['source']]: readonly (keyof Guard)[] };

/** Fields of another source. */
function strangeErrors(guard: Guard): Fault[] {
  const known: readonly string[] = READS[guard.source];
  return (['events', 'query', 'template', 'webhook', 'server'] as const)
    .filter((name) => guard[name] !== null && !known.includes(name))
    .map((name) => fault(name, `A guard on ${NAMES[guard.source]} has no ${name}: leave it out.`));
}

/** A Prometheus that the service was not told of: DANGLING_REFERENCE. `servers`: the names that it knows; undefined where nobody can tell. */
export function serverErrors({ server }: Guard, servers: readonly (string | null)[] | undefined): Fault[] {
  if (server === null || servers === undefined || servers.includes(server)) return [];
  const names = servers.filter((name) => name !== null);
  const known = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
  const message = `No Prometheus is named "${server}" in TIDEGATE_PROMETHEUS_SERVERS: ${known}.`;
  return [fault('server', message, 'DANGLING_REFERENCE')];
}

/** Of a guard that reads series: a query or a template. */
function seriesErrors({ source, query, template }: Guard): Fault[] {
  const errors: Fault[] = [];
  if (query === null && template === null)
    errors.push(fault('query', `A guard on ${NAMES[source]} needs a query or a template.`));
  if (query !== null && template !== null)
    errors.push(fault('template', 'Give a query or a template, not both.'));
  return errors;
}

function templateErrors({ source, template, kind }: Guard): Fault[] {
  const known: readonly string[] = TEMPLATES_OF[source];
  if (template === 'nginxGateway' && (kind === 'latency' || kind === 'mean'))
    return [
      fault('template', `NGINX tells an average of times only: use another template for kind "${kind}".`),
    ];
  if (template === null || known.includes(template)) return [];
  const message = `A guard on ${NAMES[source]} has no template "${template}": use ${known.join(' or ')}, or a query.`;
  return [fault('template', message)];
}

/** Pushed metrics are told by us, not by a Prometheus, so that a pattern must be one that we can run. */
function pushedErrors(query: GuardQuery | null): Fault[] {
  return SELECTORS.flatMap((name) => {
    const read = readSelector(query?.[name] ?? '');
    const words = read === null ? null : selectorFault(read);
    return words === null ? [] : [fault(`query.${name}`, words)];
  });
}

/** Users are counted of a rollout's split, against its users. */
function userErrors({ kind, events, target, margin }: Guard): Fault[] {
  if (events?.within === undefined) return [];
  const errors: Fault[] = [];
  const wrong = (message: string): void => void errors.push(fault('events.within', message));
  if (target !== null) wrong('Users are counted in the arms of a rollout: leave this out, or the target.');
  if (events.total !== EXPOSURES)
    wrong('Users are held against the users exposed: leave this out, or total.');
  if (kind !== 'drop' && (kind !== 'ratio' || margin === null))
    wrong('Only a guard of kind "drop", or "ratio" with a margin, can count users: leave this out.');
  return errors;
}

const NEED_ROLLOUT: readonly GuardAction[] = ['restore', 'stepBack', 'pause'];

function aloneErrors({ target, action }: Guard): Fault[] {
  if (target === null) return [];
  const errors: Fault[] = [];
  if (action !== null && NEED_ROLLOUT.includes(action)) {
    const message = `A guard with a target has no rollout for "${action}": use "disable", "tell" or "none", or leave it out.`;
    errors.push(fault('action', message, 'GUARD_ACTION'));
  }
  if (target.new === target.control)
    errors.push(fault('target.new', 'New and control are the same.', 'SAME_ARMS'));
  return errors;
}

/** What only a rollout can do, and what a guard may do blind that does nothing with its eyes open. */
function blindErrors({ target, action, whenBlind }: Guard): Fault[] {
  if (whenBlind === 'hold') return [];
  if (action === 'tell' || action === 'none') {
    const message = `A guard of "${action}" does nothing when it trips, so it can't do "${whenBlind}" when it is blind: use "hold".`;
    return [fault('whenBlind', message, 'GUARD_ACTION')];
  }
  if (target === null || !NEED_ROLLOUT.includes(whenBlind)) return [];
  const message = `A guard with a target has no rollout for "${whenBlind}": use "hold" or "disable".`;
  return [fault('whenBlind', message, 'GUARD_ACTION')];
}

function targetErrors({ target, template, events }: Guard): Fault[] {
  if (target === null) return [];
  const errors: Fault[] = [];
  if (template !== null && 'flag' in target) {
    const message = 'A template reads the metrics of a route: name one as target, or give a query.';
    errors.push(fault('template', message, 'GUARD_NEEDS_ROUTE'));
  }
  if (events !== null && 'route' in target) {
    const message = 'Events are counted for flags: name the flag as target.';
    errors.push(fault('target.route', message, 'GUARD_NEEDS_FLAG'));
  }
  if (events !== null && 'flag' in target && events.flag !== target.flag) {
    const message = `The events are those of flag "${events.flag}", and the target is flag "${target.flag}": name one flag.`;
    errors.push(fault('events.flag', message));
  }
  return errors;
}

/** Only what compares versions can be told apart from a flag by another guard. */
function askErrors({ key, asks, events }: Guard): Fault[] {
  if (asks === null) return [];
  if (asks === key) return [fault('asks', 'A guard can’t ask itself: name the guard of the flag.')];
  if (events === null) return [];
  return [fault('asks', 'A guard on events finds the flag to blame by itself: leave this out.')];
}

/** `route` says whose metrics a template reads; whatever brings its own names has none. */
function routeErrors({ route, template, target }: Guard): Fault[] {
  if (route === null) return [];
  if (target !== null) return [fault('route', 'A guard with a target reads that route: leave this out.')];
  if (template === null)
    return [
      fault('route', 'Only a template reads the metrics of a route: leave this out, or give a template.'),
    ];
  return [];
}

/** Why a guard can't stand in a rollout, as the rest of a sentence about the guard; null when it can. */
export function misfit(guard: Guard, rollout: Rollout): Misfit | null {
  const { target, template, events } = guard;
  if (target !== null)
    return { reason: 'has a target of its own and stands alone: make another guard', code: 'INVALID_INPUT' };
  if (template !== null) return routeMisfit(guard, rollout);
  if (events === null) return null;
  if (rollout.flag === null)
    return { reason: 'counts events of a flag, and this moves none', code: 'GUARD_NEEDS_FLAG' };
  if (events.flag === rollout.flag.key) return null;
  return {
    reason: `counts events of flag "${events.flag}", and this moves flag "${rollout.flag.key}"`,
    code: 'INVALID_INPUT',
  };
}

function routeMisfit({ route }: Guard, { routes }: Rollout): Misfit | null {
  const code = 'GUARD_NEEDS_ROUTE';
  if (routes.length === 0) return { reason: 'reads the metrics of a route, and this moves none', code };
  if (route !== null && !routes.some(({ key }) => key === route))
    return { reason: `reads the metrics of route "${route}", and this doesn't move that`, code };
  if (route !== null || routes.length === 1) return null;
  const names = routes.map(({ key }) => key).join(', ');
  return { reason: `reads the metrics of one route: set its \`route\` to one of ${names}`, code };
}

/** Where an edited guard does not fit a rollout that names it. */
export function guardUseErrors(documents: Documents, guard: Guard): Fault[] {
  const users = documents.list('rollout').filter(({ value }) => value.guards.includes(guard.key));
  return users.flatMap(({ value: rollout }) => {
    const found = misfit(guard, rollout);
    if (found === null) return [];
    return [
      fault(
        fieldOfMisfit(guard),
        `Rollout "${rollout.key}" names this guard, which ${found.reason}.`,
        found.code,
      ),
    ];
  });
}

function fieldOfMisfit({ target, template, route }: Guard): string {
  if (target !== null) return 'target';
  if (route !== null) return 'route';
  return template === null ? 'events.flag' : 'template';
}

function fault(field: string, message: string, code: UserError['code'] = 'INVALID_INPUT'): Fault {
  return { field, message, code };
}
