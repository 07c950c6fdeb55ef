import { settingWarnings, shortSteps } from './guard-warnings.js';
import { isRelative } from './guard-kind.js';
import type { Flag, Route } from '@tidegate/sdk/engine';
import type { Documents, Kind } from './documents.js';
import { type Guard, isBinding } from './guard.js';
import { showsNoHarm } from './guard/kinds/all.js';
import type { Warning } from './problem.js';
import type { Rollout } from './rollout.js';
import { earlySeconds } from './rollout/early.js';
import { hasControl } from './rollout/go.js';
import type { SourceSetup } from './source-setup.js';
import { sourceWarnings } from './source-warnings.js';
import { isOwnedRuleId, memberOf, reachAt } from './rollout/owned-rules.js';

/** What is worth knowing of a document as it stands; `field` is relative to it. `setup`: as in `PlanOptions`. */
export function warningsOf(
  documents: Documents,
  { kind, key }: { readonly kind: Kind; readonly key: string },
  setup?: SourceSetup,
): Warning[] {
  switch (kind) {
    case 'rollout':
      return rolloutWarnings(documents, documents.value('rollout', key), setup);
    case 'guard':
      return [
        ...guardWarnings(documents, documents.value('guard', key)),
        ...settingWarnings(documents.value('guard', key), setup),
      ];
    case 'flag':
      return flagWarnings(documents, documents.value('flag', key));
    default:
      return [];
  }
}

function rolloutWarnings(
  documents: Documents,
  rollout: Rollout | undefined,
  setup: SourceSetup | undefined,
): Warning[] {
  if (rollout === undefined) return [];
  const guards = rollout.guards.flatMap((key, index) => {
    const guard = documents.value('guard', key);
    return guard === undefined ? [] : [{ guard, field: `guards.${index}` }];
  });
  return [
    ...armsMayDiffer(documents, rollout).map((message) => warning('ARMS_MAY_DIFFER', 'flag', message)),
    ...guards.flatMap(({ guard, field }) => [
      ...guardedWarnings(documents, rollout, guard, field),
      ...sourceWarnings(guard, setup).map((one) => ({ ...one, field })),
    ]),
    ...neverEarly(
      rollout,
      guards.map(({ guard }) => guard),
    ),
    ...guards.flatMap(({ guard }) => shortSteps(rollout, guard)),
    ...(guards.length === 0
      ? []
      : unguardedSteps(
          rollout,
          guards.map(({ guard }) => guard),
        )),
  ];
}

/** A flag that can part from its route: what of it decides before the rollout's rules do. */
function armsMayDiffer(documents: Documents, { key, flag, routes }: Rollout): string[] {
  const moved = flag === null || routes.length === 0 ? undefined : documents.value('flag', flag.key);
  if (moved === undefined) return [];
  const parts = [
    moved.targets.some(({ keys }) => keys.length > 0) ? 'targets' : null,
    moved.prerequisites.length > 0 ? 'prerequisites' : null,
    moved.rules.some(({ id }) => !isOwnedRuleId(id)) ? 'rules' : null,
  ].filter((part) => part !== null);
  if (parts.length === 0) return [];
  return [
    `Rollout "${key}" moves flag "${moved.key}" with a route, and the flag's ${parts.join(' and ')} decide first: some users may get another arm of the flag than of the route.`,
  ];
}

function flagWarnings(documents: Documents, flag: Flag | undefined): Warning[] {
  if (flag === undefined) return [];
  const movers = documents.list('rollout').filter(({ value }) => value.flag?.key === flag.key);
  return movers.flatMap(({ value }) =>
    armsMayDiffer(documents, value).map((message) => warning('ARMS_MAY_DIFFER', 'rules', message)),
  );
}

function guardedWarnings(documents: Documents, rollout: Rollout, guard: Guard, field: string): Warning[] {
  const warnings: Warning[] = [];
  const flag = rollout.flag === null ? undefined : documents.value('flag', rollout.flag.key);
  if (flag !== undefined && rollout.flag !== null)
    warnings.push(...disableHitsControl(guard, flag, rollout.flag.control, field));
  warnings.push(...notComparable(guard, routeTrouble(documents, rollout, guard), field));
  return warnings;
}

/** Why the arms of the routes that this guard reads hold different users; null where none is known to. */
function routeTrouble(documents: Documents, { routes, steps }: Rollout, guard: Guard): string | null {
  const read = routes.flatMap((arms) => {
    const route =
      guard.route === null || guard.route === arms.key ? documents.value('route', arms.key) : undefined;
    return route === undefined ? [] : [{ route, arms }];
  });
  if (read.length > 0 && steps.some((step) => memberOf(step) !== null)) return 'the rollout has an audience';
  for (const { route, arms } of read) {
    const trouble = namedByRules(route, arms);
    if (trouble !== null) return trouble;
  }
  return null;
}

function guardWarnings(documents: Documents, guard: Guard | undefined): Warning[] {
  if (guard === undefined) return [];
  const used = documents
    .list('rollout')
    .filter(({ value }) => value.guards.includes(guard.key))
    .flatMap(({ value }) => guardedWarnings(documents, value, guard, 'action'));
  if (guard.target === null) return used;
  if ('flag' in guard.target) {
    const flag = documents.value('flag', guard.target.flag);
    const action = { ...guard, action: 'disable' as const };
    return flag === undefined ? used : disableHitsControl(action, flag, guard.target.control, 'target');
  }
  const route = documents.value('route', guard.target.route);
  return route === undefined ? used : notComparable(guard, namedByRules(route, guard.target), 'target');
}

/** `disable` turns the flag off for everybody: those on control feel it too, unless off is the control. */
function disableHitsControl(guard: Guard, flag: Flag, control: string, field: string): Warning[] {
  if (guard.action !== 'disable' || flag.offVariant === control) return [];
  const off = flag.offVariant === null ? 'no value' : `"${flag.offVariant}"`;
  const message = `When guard "${guard.key}" trips, flag "${flag.key}" goes off and those on "${control}" get ${off} as well.`;
  return [warning('DISABLE_HITS_CONTROL', field, message)];
}

/** A route's metrics can't be told apart by rule, so users who were sent to an arm on purpose count as its sample. */
function notComparable(guard: Guard, trouble: string | null, field: string): Warning[] {
  if (guard.source !== 'prometheus' || !isRelative(guard) || trouble === null) return [];
  const message = `Guard "${guard.key}" compares all traffic of both versions, and ${trouble}: the arms hold different users.`;
  return [warning('ARMS_NOT_COMPARABLE', field, message)];
}

function namedByRules(
  { rules }: Route,
  arms: { readonly new: string; readonly control: string },
): string | null {
  const names = [arms.new, arms.control];
  const rule = rules.find(({ id, serve }) => {
    if (isOwnedRuleId(id)) return false;
    const served = 'version' in serve ? [serve.version] : serve.split.arms.map(({ version }) => version);
    return served.some((version) => names.includes(version));
  });
  return rule === undefined ? null : `rule "${rule.id}" sends requests to one of them`;
}

/** Steps that would go on early, and will not: nothing can show that there is no harm, or one of the guards can't. */
function neverEarly(rollout: Rollout, guards: readonly Guard[]): Warning[] {
  const binding = guards.filter(isBinding);
  const silent = binding.find(({ kind }) => !showsNoHarm(kind));
  if (binding.length > 0 && silent === undefined) return [];
  const why =
    silent === undefined
      ? 'no guard can stop it'
      : `guard "${silent.key}" is of kind ${silent.kind}, which can't show that`;
  return rollout.steps.flatMap((step, index) => {
    if (earlySeconds(step) === null) return [];
    const message = `This step goes on early once every guard has shown that there is no harm, and ${why}: it will be held to its end.`;
    return [warning('NEVER_EARLY', `steps.${index}.earlyAfter`, message)];
  });
}

/** Steps that only relative guards watch, without a control to compare with. */
function unguardedSteps(rollout: Rollout, guards: readonly Guard[]): Warning[] {
  if (guards.some((guard) => !isRelative(guard))) return [];
  return rollout.steps.flatMap((_, index) => {
    if (hasControl(rollout, index)) return [];
    const why =
      reachAt(rollout, index).weight === 0 ? 'no share of the traffic is in' : 'nobody is left on control';
    const message = `In this step ${why}, so its guards have nothing to compare with: add a guard with a threshold, or a holdback.`;
    return [warning('UNGUARDED_STEP', `steps.${index}`, message)];
  });
}

function warning(code: Warning['code'], field: string, message: string): Warning {
  return { field, message, code };
}
