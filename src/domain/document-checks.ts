import { cycleErrors } from './cycles.js';
import { templateErrors } from './discovery/template-errors.js';
import type { DocumentOf, Documents } from './documents.js';
import { askedErrors } from './guard-ask-checks.js';
import { guardErrors, guardUseErrors, serverErrors } from './guard-checks.js';
import { fieldOf } from './issue-errors.js';
import type { UserError } from './problem.js';
import type { PlacedEdit } from './proposal.js';
import { archivingErrors, danglingErrors, takenErrors } from './references.js';
import { rolloutErrors } from './rollout-checks.js';
import {
  type ForeignRoute,
  brokenRoutes,
  expressibilityErrors,
  hostErrors,
  isPlacedAnew,
} from './route-checks.js';

/** Flags of one environment. */
const MOST_FLAGS = 10_000;

/** All documents before and after a change, and the routes of other environments that are known. */
export interface Views {
  readonly before: Documents;
  readonly after: Documents;
  readonly foreign: readonly ForeignRoute[];
  /** Names of the Prometheus servers that the service asks, null: the one without a name; absent where nobody can tell. */
  readonly servers?: readonly (string | null)[] | undefined;
}

/** What is wrong with an edited document among all others, and with others because of it. */
export function documentErrors(views: Views, { edit, field }: PlacedEdit): UserError[] {
  const { after } = views;
  const standing = after.get(edit.kind, edit.key);
  return [
    ...(standing === undefined ? [] : danglingErrors(after, standing)),
    ...takenErrors(views.before, after, edit.kind, edit.key),
    ...kindErrors(views, edit.kind, edit.key),
  ].map((error) => ({ ...error, field: fieldOf(field, error.field === '' ? [] : [error.field]) }));
}

function kindErrors(views: Views, kind: PlacedEdit['edit']['kind'], key: string): UserError[] {
  const { after } = views;
  switch (kind) {
    case 'flag':
      return [
        ...cycleErrors(after, kind, key),
        ...countErrors(views),
        ...archivingErrors(views.before, after, key),
      ];
    case 'segment':
      return [...cycleErrors(after, kind, key), ...segmentErrors(views, key)];
    case 'route':
      return routeErrors(views, after.value(kind, key));
    case 'guard':
      return checkedGuard(views, after.value(kind, key));
    case 'rollout': {
      const rollout = after.value(kind, key);
      return rollout === undefined ? [] : rolloutErrors(after, rollout);
    }
    default:
      return settingsErrors(views);
  }
}

function countErrors({ before, after }: Views): UserError[] {
  const flags = after.count('flag');
  if (flags <= MOST_FLAGS || flags <= before.count('flag')) return [];
  const message = `An environment has at most ${MOST_FLAGS} flags: delete some that are done.`;
  return [{ field: 'key', message, code: 'TOO_LARGE' }];
}

function segmentErrors(views: Views, key: string): UserError[] {
  if (views.after.get('segment', key) === undefined) return [];
  return brokenRoutes(views.before, views.after).map(({ route, message }) => ({
    field: 'rules',
    message: `Route "${route}" needs this segment. ${message}`,
    code: 'NOT_EXPRESSIBLE',
  }));
}

function routeErrors({ before, after, foreign }: Views, route: DocumentOf<'route'> | undefined): UserError[] {
  if (route === undefined) return [];
  const placed = isPlacedAnew(before.value('route', route.key), route);
  return [
    ...expressibilityErrors(after, route),
    ...affinityErrors(after, route),
    ...(placed ? hostErrors(route, after, foreign) : []),
  ];
}

function checkedGuard({ after, servers }: Views, guard: DocumentOf<'guard'> | undefined): UserError[] {
  if (guard === undefined) return [];
  return [
    ...guardErrors(guard),
    ...askedErrors(after, guard),
    ...serverErrors(guard, servers),
    ...guardUseErrors(after, guard),
  ];
}

function settingsErrors({ before, after }: Views): UserError[] {
  const broken = brokenRoutes(before, after).map(({ route, message }): UserError => ({
    field: 'identity.pairs',
    message: `Route "${route}" needs a pair that this removes. ${message}`,
    code: 'IDENTITY_PAIR_IN_USE',
  }));
  const settings = after.value('settings', 'environment');
  return [
    ...repeatedPairs(settings),
    ...broken,
    ...neededVisitors(after),
    ...templateErrors(after, settings?.versionTemplates ?? []),
  ];
}

/** Without a cookie that the edge issues, affinity would be a promise that nobody keeps. */
function affinityErrors(after: Documents, { affinity }: DocumentOf<'route'>): UserError[] {
  if (affinity !== 'cookie' || knowsVisitors(after)) return [];
  const message =
    'The edge issues no cookie in this environment: set visitors first (setVisitors), or leave affinity out.';
  return [{ field: 'affinity', message, code: 'EDGE_NEEDED' }];
}

function neededVisitors(after: Documents): UserError[] {
  if (knowsVisitors(after)) return [];
  const sticky = after.list('route').filter(({ value }) => value.affinity === 'cookie');
  return sticky.map(({ key }) => ({
    field: 'visitors',
    message: `Route "${key}" has affinity by the cookie that this takes away: clear its affinity first.`,
    code: 'EDGE_NEEDED',
  }));
}

function knowsVisitors(after: Documents): boolean {
  return (after.value('settings', 'environment')?.visitors ?? null) !== null;
}

function repeatedPairs(settings: DocumentOf<'settings'> | undefined): UserError[] {
  const attributes = (settings?.identity?.pairs ?? []).map(({ attribute }) => attribute);
  return attributes.flatMap((attribute, index) =>
    attributes.indexOf(attribute) === index
      ? []
      : [
          {
            field: `identity.pairs.${index}.attribute`,
            message: `"${attribute}" has a claim already: an attribute comes from one claim.`,
            code: 'DUPLICATE_KEY' as const,
          },
        ],
  );
}
