import { isSameObject } from '../istio-objects/mesh-object.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { subsetsNamed } from '../istio-objects/subsets-named.js';
import { saysTheSame } from '../istio-objects/same-content.js';

/** One thing to do to the mesh. `settle` waits until the proxies have heard of what went before. */
export type Step =
  | { readonly act: 'apply'; readonly object: MeshObject; readonly standing: MeshObject | null }
  | { readonly act: 'delete'; readonly standing: MeshObject }
  | { readonly act: 'settle' };

interface Subset {
  readonly name: string;
}

/** What the proxies may not have yet, since nobody waited for it. */
export interface Unsettled {
  /** Names of subsets that stand. */
  readonly subsets: ReadonlySet<string>;
  /** Whether routes may still go to subsets that none names any more. */
  readonly routes: boolean;
}

const SETTLED: Unsettled = { subsets: new Set(), routes: false };

function subsetsOf(rule: MeshObject | undefined): readonly Subset[] {
  const subsets = rule?.spec?.['subsets'];
  return Array.isArray(subsets) ? (subsets as Subset[]) : [];
}

function lacks(rule: MeshObject | undefined, other: MeshObject | undefined): readonly Subset[] {
  const names = new Set(subsetsOf(rule).map(({ name }) => name));
  return subsetsOf(other).filter(({ name }) => !names.has(name));
}

/** Names of the subsets that a step brings. */
export function newSubsets(step: Step): readonly string[] {
  if (step.act !== 'apply' || !isRule(step.object)) return [];
  return lacks(step.standing ?? undefined, step.object).map(({ name }) => name);
}

function find(objects: readonly MeshObject[], object: MeshObject): MeshObject | null {
  return objects.find((other) => isSameObject(object, other)) ?? null;
}

function applyTo(own: readonly MeshObject[], object: MeshObject): readonly Step[] {
  const standing = find(own, object);
  if (standing !== null && saysTheSame(standing, object)) return [];
  return [{ act: 'apply', object, standing }];
}

const isRule = ({ kind }: MeshObject): boolean => kind === 'DestinationRule';

function deleted(objects: readonly MeshObject[]): readonly Step[] {
  return objects.map((object): Step => ({ act: 'delete', standing: object }));
}

function inTurn(first: readonly Step[], then: readonly Step[], settle: boolean): readonly Step[] {
  return settle && then.length > 0 ? [...first, { act: 'settle' }, ...then] : [...first, ...then];
}

/**
 * A rule of one host becomes one of another while routes still go to the first: until they have left it, its subsets
 * stand under a second name, which no route can have.
 */
function hostSteps(own: readonly MeshObject[], standing: MeshObject, rule: MeshObject) {
  const { name, namespace, labels, annotations } = standing.metadata;
  const metadata = { name: `${name}.before`, namespace, labels, annotations } as MeshObject['metadata'];
  const before: MeshObject = { ...standing, metadata };
  const isFirst = find(own, before) === null;
  const first: readonly Step[] = [
    ...(isFirst ? applyTo(own, before) : []),
    { act: 'apply', object: rule, standing },
  ];
  return { arriving: subsetsOf(rule), first, last: deleted(isFirst ? [before] : []) };
}

/** The route's subsets before and after its routes change; `moving` says that they do. */
function subsetSteps(own: readonly MeshObject[], rule: MeshObject, moving: boolean) {
  const standing = find(own, rule) ?? undefined;
  if (standing && moving && standing.spec?.['host'] !== rule.spec?.['host'])
    return hostSteps(own, standing, rule);
  const arriving = lacks(standing, rule);
  const leaving = lacks(rule, standing);
  const wanted = applyTo(own, rule);
  if (leaving.length === 0) return { arriving, first: wanted, last: [] };
  // Until the routes have changed, they may still name those that leave.
  const subsets = [...subsetsOf(rule), ...leaving];
  const both = applyTo(own, { ...rule, spec: { ...rule.spec, subsets } });
  return { arriving, first: arriving.length > 0 && moving ? both : [], last: wanted };
}

/** Whether requests come to a subset that not every proxy may know; who only takes some away waits for none. */
function asksForNew(moves: readonly Step[], names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  const objects = moves.flatMap((step) => (step.act === 'apply' ? [step.object] : []));
  return [...subsetsNamed(objects)].some((name) => names.has(name));
}

/**
 * The steps from `own`, what stands of a route, to `wanted`: none where nothing differs. Subsets come before the routes
 * that name them and go after the routes have left them, each time with a pause between, so that no proxy is ever sent
 * to a subset that it does not know.
 */
export function writeOrder(
  own: readonly MeshObject[],
  wanted: readonly MeshObject[],
  unsettled: Unsettled = SETTLED,
): readonly Step[] {
  const rule = wanted.find(isRule);
  const gone = own.filter((object) => find(wanted, object) === null);
  const moves = [
    ...wanted.filter((object) => !isRule(object)).flatMap((object) => applyTo(own, object)),
    ...deleted(gone.filter((object) => !isRule(object))),
  ];
  const { arriving, first, last } = rule
    ? subsetSteps(own, rule, moves.length > 0)
    : { arriving: [], first: [], last: [] };
  const news = new Set([...arriving.map(({ name }) => name), ...unsettled.subsets]);
  const late = [...last, ...deleted(gone.filter(isRule))];
  const opening = inTurn(first, moves, asksForNew(moves, news));
  return inTurn(opening, late, moves.length > 0 || unsettled.routes);
}
