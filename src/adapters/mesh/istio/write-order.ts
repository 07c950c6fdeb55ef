import { isSameObject } from '../istio-objects/mesh-object.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { saysTheSame } from '../istio-objects/same-content.js';

/** One thing to do to the mesh. `settle` waits until the proxies have heard of what went before. */
export type Step =
  | { readonly act: 'apply'; readonly object: MeshObject; readonly standing: MeshObject | null }
  | { readonly act: 'delete'; readonly standing: MeshObject }
  | { readonly act: 'settle' };

interface Subset {
  readonly name: string;
}

const SETTLE: Step = { act: 'settle' };

function subsetsOf(rule: MeshObject | undefined): readonly Subset[] {
  const subsets = rule?.spec?.['subsets'];
  return Array.isArray(subsets) ? (subsets as Subset[]) : [];
}

function lacks(rule: MeshObject | undefined, other: MeshObject | undefined): readonly Subset[] {
  const names = new Set(subsetsOf(rule).map(({ name }) => name));
  return subsetsOf(other).filter(({ name }) => !names.has(name));
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

/**
 * The steps from `own`, what stands of a route, to `wanted`: none where nothing differs. Subsets come before the routes
 * that name them and go after the routes have left them, each time with a pause between, so that no proxy is ever sent
 * to a subset that it does not know.
 */
export function writeOrder(own: readonly MeshObject[], wanted: readonly MeshObject[]): readonly Step[] {
  const standing = own.find(isRule);
  const rule = wanted.find(isRule);
  const routes = wanted.filter((object) => !isRule(object)).flatMap((object) => applyTo(own, object));
  const gone = own.filter((object) => find(wanted, object) === null);
  const moves: readonly Step[] = [
    ...routes,
    ...gone.filter((object) => !isRule(object)).map((object): Step => ({ act: 'delete', standing: object })),
  ];
  const removals = gone.filter(isRule).map((object): Step => ({ act: 'delete', standing: object }));
  const arriving = lacks(standing, rule).length > 0;
  const leaving = lacks(rule, standing);
  const pause = moves.length > 0 ? [SETTLE] : [];
  if (rule === undefined) return [...moves, ...(removals.length > 0 ? pause : []), ...removals];
  if (leaving.length === 0) return [...applyTo(own, rule), ...(arriving ? pause : []), ...moves];
  const spec = { ...rule.spec, subsets: [...subsetsOf(rule), ...leaving] };
  const widened: readonly Step[] =
    arriving && moves.length > 0 ? [...applyTo(own, { ...rule, spec }), SETTLE] : [];
  return [...widened, ...moves, ...pause, ...applyTo(own, rule)];
}
