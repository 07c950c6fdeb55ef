import { isSameObject, nameOf } from '../../istio-objects/mesh-object.js';
import type { MeshObject } from '../../istio-objects/mesh-object.js';
import { subsetsNamed } from '../../istio-objects/subsets-named.js';

interface Subset {
  readonly name: string;
}

/** Subsets that no route goes to any more, and rules in a place that the Service has left, kept until requests under way have ended. In memory: a restart drains anew. */
export class Draining {
  /** When a subset, or a rule, was first seen without a route to it, by `<route>/<its name>`. */
  readonly #since = new Map<string, number>();

  /** `drain`: how long a subset stays, ms. `now`: a clock in ms. */
  constructor(
    private readonly drain: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `wanted`, in its subsets those of `own`, what stands, that must not go yet, and last such rules of another namespace. */
  keep(route: string, own: readonly MeshObject[], wanted: readonly MeshObject[]): readonly MeshObject[] {
    const kept = wanted.map((object) => (isRule(object) ? this.#kept(route, own, object) : object));
    const left = own.filter(
      (object) => isRule(object) && !wanted.some((other) => isSameObject(object, other)),
    );
    return [...kept, ...left.filter((rule) => this.#staysBehind(route, rule, own))];
  }

  /** How long until what stands of a route that goes may lose its subsets, ms; its routes are gone by now. */
  left(route: string): number {
    return this.#left(route, '*');
  }

  forget(route: string): void {
    for (const key of this.#since.keys()) if (key.startsWith(`${route}/`)) this.#since.delete(key);
  }

  #kept(route: string, own: readonly MeshObject[], rule: MeshObject): MeshObject {
    const standing = subsetsOf(own.find((object) => isSameObject(object, rule)));
    const wanted = subsetsOf(rule);
    for (const { name } of wanted) this.#since.delete(`${route}/${name}`);
    const named = subsetsNamed(own.filter((object) => !isRule(object)));
    const leaving = standing.filter(({ name }) => !wanted.some((subset) => subset.name === name));
    const stays = leaving.filter(({ name }) => this.#stays(route, name, named));
    if (stays.length === 0) return rule;
    const all = [...wanted, ...stays];
    const order = new Map(standing.map(({ name }, index) => [name, index]));
    const place = ({ name }: Subset): number => order.get(name) ?? standing.length;
    return { ...rule, spec: { ...rule.spec, subsets: all.toSorted((a, b) => place(a) - place(b)) } };
  }

  #stays(route: string, name: string, named: ReadonlySet<string>): boolean {
    // What somebody else has added to the object is no subset of ours.
    if (!name.startsWith('tg-') || this.drain === 0) return false;
    if (!named.has(name)) return this.#left(route, name) > 0;
    this.#since.delete(`${route}/${name}`);
    return true;
  }

  #staysBehind(route: string, rule: MeshObject, own: readonly MeshObject[]): boolean {
    if (this.drain === 0) return false;
    const name = nameOf(rule);
    const host = JSON.stringify({ host: rule.spec?.['host'] }).slice(1, -1);
    const isNamed = own.some(({ kind, spec }) => kind !== rule.kind && JSON.stringify(spec).includes(host));
    if (!isNamed) return this.#left(route, name) > 0;
    this.#since.delete(`${route}/${name}`);
    return true;
  }

  #left(route: string, name: string): number {
    const key = `${route}/${name}`;
    const since = this.#since.get(key) ?? this.now();
    this.#since.set(key, since);
    return Math.max(0, since + this.drain - this.now());
  }
}

const isRule = ({ kind }: MeshObject): boolean => kind === 'DestinationRule';

function subsetsOf(rule: MeshObject | undefined): readonly Subset[] {
  const subsets = rule?.spec?.['subsets'];
  return Array.isArray(subsets) ? (subsets as Subset[]) : [];
}
