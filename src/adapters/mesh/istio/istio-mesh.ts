import type { Route } from '@tidegate/sdk/engine';
import { Cluster } from '../../../cluster/cluster.js';
import { clusterFailure, statusOf } from '../../../cluster/cluster-failure.js';
import { WatchedEndpoints } from '../../../cluster/watched-endpoints.js';
import type { EdgeSetup } from '../../../domain/edge-setup.js';
import { Problem } from '../../../domain/problem.js';
import type { RouteConfirmation } from '../../../domain/route-status.js';
import type { RouteTable } from '../../../domain/route-table.js';
import { Mesh } from '../../../ports/mesh.js';
import type { EdgeAct, EdgeView, MeshView, Releasing, RouteOwner, Writing } from '../../../ports/mesh.js';
import { adoptionHint } from '../istio-objects/adoption-hint.js';
import { newClaims, requireFree } from '../istio-objects/claimed-hosts.js';
import { isDelegate } from '../istio-objects/delegates.js';
import { isSameObject } from '../istio-objects/mesh-object.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import {
  ownerName,
  ownerNameOf,
  isOfferedTo,
  ownersOf,
  requireNotNewer,
  requireOwned,
} from '../istio-objects/ownership.js';
import { adopted, needsOthers, placedObjects, releasedDelegates } from '../istio-objects/placed-objects.js';
import { withoutProbe, withProbe } from '../istio-objects/probe-rule.js';
import { rootOf } from '../istio-objects/root-status.js';
import { routeObjects } from '../istio-objects/route-objects.js';
import { policyStatus, rulePolicy, underPolicy } from '../istio-objects/rule-policy.js';
import type { RulePolicy } from '../istio-objects/rule-policy.js';
import { areSame } from '../istio-objects/same-content.js';
import { unchangedEntries } from '../istio-objects/unchanged-entries.js';
import { standingRevision, unmovedRule } from '../istio-objects/unmoved-rule.js';
import { allEnded } from './all-ended.js';
import { foreignEdit } from './foreign-edit.js';
import { actOnEdge } from './istio-edge.js';
import { IstioObjectsApi } from './istio-objects-api.js';
import { LastStanding } from './last-standing.js';
import { OwnBasis } from './own-basis.js';
import { Draining } from './propagation/draining.js';
import { GatewayProbe } from './propagation/gateway-probe.js';
import { IstiodDebug, type IstiodOptions } from './propagation/istiod-debug.js';
import type { SlicesOf } from './propagation/pod-urls.js';
import { RouteConfirmations, type ProxiesNow } from './propagation/route-confirmations.js';
import { ReadyEndpoints, slicesOf } from './ready-endpoints.js';
import {
  listBoth,
  notOf,
  OURS,
  ownObjects,
  routeLabelled,
  standingObjects,
  unlisted,
} from './standing-objects.js';
import { StepWrites } from './step-writes.js';
import { UnsettledWrites } from './unsettled-writes.js';
import { type ObjectReader, WatchedCluster } from './watched-cluster.js';
import { writeOrder } from './write-order.js';

export interface IstioMeshOptions {
  /** The connection to use; default one of its own, to the cluster of `kubeconfig`. */
  readonly cluster?: Cluster | undefined;
  /** What stands behind the Services of that cluster, if somebody else looks at it too. */
  readonly endpoints?: WatchedEndpoints | undefined;
  /** Path of a kubeconfig file; without one, the service account of the pod that this process runs in. */
  readonly kubeconfig?: string | undefined;
  /** Wait between subsets and the routes that name them where no istiod can be asked, in milliseconds; default 1000. */
  readonly settleMs?: number;
  /** How long subsets stay when no route goes to them any more, in milliseconds; default 0. */
  readonly drainMs?: number;
  /** Istio's root namespace, whose DestinationRules are for all; default istio-system. */
  readonly rootNamespace?: string;
  /** Where istiod tells which proxies have acknowledged what; without it nothing is confirmed. */
  readonly istiod?: IstiodOptions | undefined;
  /** Without `istiod`: where gateways listen for plain HTTP, so that they are asked themselves. */
  readonly gateways?: readonly string[];
}

/** How often a deleted route looks whether a root still names its delegates, in milliseconds. */
const LOOK_FOR_ROOTS_MS = 2_000;

/** Somebody may write between our reading and our writing; then we read again, this often. */
const ATTEMPTS = 3;

/** Routes as VirtualServices and DestinationRules on a Kubernetes API server. */
export class IstioMesh extends Mesh {
  private readonly cluster: Cluster;
  private readonly draining: Draining;
  private readonly confirmations: RouteConfirmations;
  private readonly probe: GatewayProbe | null;
  private readonly lastStanding = new LastStanding();
  private readonly unsettled = new UnsettledWrites();
  private readonly writes: StepWrites;
  private readonly watched: WatchedCluster;
  private readonly ready: ReadyEndpoints;

  constructor(private readonly options: IstioMeshOptions = {}) {
    super();
    this.cluster = options.cluster ?? new Cluster({ kubeconfig: options.kubeconfig });
    this.draining = new Draining(options.drainMs ?? 0);
    this.confirmations = new RouteConfirmations(proxiesOf(this.cluster, options.istiod));
    this.writes = new StepWrites(this.confirmations, this.unsettled, options.settleMs ?? 1_000);
    const { istiod, gateways = [] } = options;
    const isProbed = istiod === undefined && gateways.length > 0;
    this.probe = isProbed ? new GatewayProbe(gateways, slicesIn(this.cluster)) : null;
    const endpoints = options.endpoints ?? new WatchedEndpoints(this.cluster);
    this.watched = new WatchedCluster(this.cluster, endpoints);
    this.ready = new ReadyEndpoints(this.cluster, endpoints);
  }

  override changes(listener: (owner: RouteOwner) => void): () => void {
    return this.watched.changes(listener);
  }

  async apply(table: RouteTable, writing: Writing = {}): Promise<void> {
    await this.ask(async (cluster) => {
      const api = this.objects(cluster);
      for (let attempt = 1; ; attempt++) {
        try {
          const isFirst = attempt === 1;
          const reader = isFirst ? await this.known(api, table) : api;
          return await this.applyOnce(api, reader, table, writing);
        } catch (error) {
          if (statusOf(error) !== 409 || attempt === ATTEMPTS) throw error;
          if (writing.overtaken?.aborted) return;
        }
      }
    });
  }

  async observe(route: Route, table: RouteTable): Promise<MeshView> {
    return this.ask(async (cluster) => {
      const api = (await this.watched.reader(table)) ?? this.objects(cluster);
      const [standing, ready] = await Promise.all([
        standingObjects(this.beside(api), table, routeObjects(table)),
        this.ready.of(route),
      ]);
      const { own, others, wanted, policy } = await this.placed(api, table, standing);
      const due = unmovedRule(own, this.draining.keep(placeOf(table), own, wanted));
      const observed = areSame(own, due);
      const stood = this.lastStanding.of(placeOf(table));
      if (observed) this.lastStanding.keep(placeOf(table), own);
      return {
        applied: standingRevision(own, table.revision),
        observed,
        ...(observed && { confirmed: await this.confirmed(table, own) }),
        unchanged: unchangedEntries(withoutProbe(own), withoutProbe(wanted)),
        drift: foreignEdit(standing, due, stood),
        ready,
        ...unreadyIn(ready, () => this.ready.whyNone(route)),
        ...(table.audiences !== undefined && { root: rootOf(table, { own, others }, wanted) }),
        policy: policyStatus(policy),
      };
    });
  }

  /** What stands around a route, and what its table becomes there. */
  private async placed(api: ObjectReader, table: RouteTable, standing: readonly MeshObject[]) {
    const ours = ownObjects(standing, table);
    const others = needsOthers(table, ours) ? notOf(await api.list('VirtualService'), table) : [];
    const given = standing.filter((object) => isOfferedTo(object, table));
    const own = [...ours, ...unlisted(adopted(table, others), given), ...given];
    const policy = rulePolicy(
      table,
      await this.foreignRules(api),
      this.options.rootNamespace ?? 'istio-system',
    );
    const wanted = underPolicy(placedObjects(table, { own, others }), policy);
    return { own, others, wanted: this.probe ? withProbe(wanted, table) : wanted, policy };
  }

  /** A root of somebody else answers no probe. */
  private async confirmed(table: RouteTable, own: readonly MeshObject[]): Promise<RouteConfirmation> {
    const atGateways = table.gateway !== null;
    if (this.probe && atGateways && table.audiences === undefined) return this.probe.of(placeOf(table), own);
    return this.confirmations.of(placeOf(table), versionsOf(own), atGateways);
  }

  /** DestinationRules that aren't ours, as the watch shows them where it can: they are nothing that we write over. */
  private async foreignRules(api: ObjectReader): Promise<readonly MeshObject[]> {
    const { destinationRules } = this.watched;
    const all = destinationRules.fresh ? destinationRules.list() : await api.list('DestinationRule');
    return all.filter((rule) => ownerNameOf(rule) === null);
  }

  async release(owner: RouteOwner, { home }: Releasing = {}): Promise<number | void> {
    return this.ask(async (cluster) => {
      const api = this.objects(cluster);
      const looked = performance.now();
      const own = ownObjects(await routeLabelled(api, owner), owner);
      const basis = new OwnBasis(own, looked);
      const place = placeOf(owner);
      const rules = own.filter(({ kind }) => kind === 'DestinationRule');
      const others = own.some(isDelegate) ? notOf(await api.list('VirtualService'), owner) : [];
      const kept = releasedDelegates({ own, others }, home);
      if (kept.length > 0) {
        await this.writes.run(api, { place, basis, steps: writeOrder(own, [...rules, ...kept]) });
        return LOOK_FOR_ROOTS_MS;
      }
      const left = rules.length > 0 ? this.draining.left(place) : 0;
      await this.writes.run(api, { place, basis, steps: writeOrder(own, left > 0 ? rules : []) });
      if (left > 0) return left;
      this.draining.forget(place);
      this.lastStanding.forget(place);
      this.unsettled.forget(place);
      this.confirmations.forget(place);
      this.probe?.forget(place);
    });
  }

  async edge(act: EdgeAct, setup: EdgeSetup): Promise<EdgeView> {
    return this.ask((cluster) => actOnEdge(new IstioObjectsApi(cluster), act, setup));
  }

  async owners(): Promise<readonly RouteOwner[]> {
    return this.ask(async (cluster) => {
      const api = this.beside(this.objects(cluster));
      return ownersOf(await listBoth(api, { labels: OURS }));
    });
  }

  /**
   * What a first attempt to write may rest on. Where all that is written over is known here, the watched copies: a write
   * names the version that it goes over, and fails where that was another.
   */
  private async known(api: IstioObjectsApi, table: RouteTable): Promise<ObjectReader> {
    const reader = await this.watched.reader(table);
    if (reader === null) return this.beside(api);
    const standing = await Promise.all(routeObjects(table).map((object) => reader.get(object)));
    return standing.includes(null) ? this.beside(api) : reader;
  }

  /** Asks the API server for what stands in one place, and knows what stands in all of them. */
  private beside(api: ObjectReader): ObjectReader {
    return {
      get: (wanted) => api.get(wanted),
      list: async (kind, scope = {}) => {
        const all = scope.namespace === undefined ? this.watched.everywhere(kind, scope.labels) : null;
        return all ?? api.list(kind, scope);
      },
    };
  }

  private async applyOnce(
    api: IstioObjectsApi,
    reader: ObjectReader,
    table: RouteTable,
    { overtaken, announce }: Writing,
  ): Promise<void> {
    const looked = performance.now();
    const standing = await standingObjects(reader, table, routeObjects(table));
    const { own, others, wanted, policy } = await this.placed(reader, table, standing);
    if (!own.some(({ kind }) => kind === 'DestinationRule')) requireSeen(policy, table);
    const occupants = standing.filter((object) => wanted.some((other) => isSameObject(object, other)));
    for (const occupant of occupants) requireOwned(occupant, table, adoptionHint);
    for (const object of own) requireNotNewer(object, table);
    const place = placeOf(table);
    const due = unmovedRule(own, this.draining.keep(place, own, wanted));
    const steps = writeOrder(own, due, this.unsettled.of(place));
    if (steps.length === 0) return;
    const claims = newClaims(wanted, own);
    if (claims.size > 0) {
      const rivals = unlisted(await this.rivals(reader, table, others), own);
      requireFree(claims, rivals, (rival) => adoptionHint(rival, table));
    }
    await allEnded([this.writes.rehearse(api, steps), ...(announce ? [announce()] : [])]);
    await this.writes.run(api, { place, steps, basis: new OwnBasis(own, looked) }, overtaken);
    if (!overtaken?.aborted) this.lastStanding.keep(place, due);
  }

  /** Objects that aren't this route's; a route may come to bind a host at a place where it stands already. */
  private async rivals(api: ObjectReader, table: RouteTable, others: readonly MeshObject[]) {
    return others.length > 0 ? others : notOf(await api.list('VirtualService'), table);
  }

  private objects(cluster: Cluster): IstioObjectsApi {
    return new IstioObjectsApi(cluster, (object, version) => this.watched.wrote(object, version));
  }

  private async ask<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
    try {
      return await work(this.cluster);
    } catch (error) {
      throw clusterFailure(error);
    }
  }
}

function slicesIn(cluster: Cluster): SlicesOf {
  return (namespace, service) => slicesOf(cluster, namespace, service);
}

function proxiesOf(cluster: Cluster, options: IstiodOptions | undefined): ProxiesNow | undefined {
  if (options === undefined) return undefined;
  const istiod = new IstiodDebug(options, slicesIn(cluster));
  return () => istiod.proxies();
}

/** HOST_TAKEN where callers would not see the subsets that their requests are sent to. A latecomer holds nothing up. */
function requireSeen({ hiddenBy }: RulePolicy, { route }: RouteTable): void {
  const [first] = hiddenBy;
  if (first === undefined) return;
  throw new Problem(
    'HOST_TAKEN',
    `${first}. Remove it, or keep its host apart from the Service of route ${route}.`,
  );
}

function unreadyIn(ready: MeshView['ready'], why: () => string | null): { readonly unready?: string } {
  const found = Object.values(ready).includes(0) ? why() : null;
  return found === null ? {} : { unready: found };
}

/** Names a route's objects in one namespace. */
function placeOf({ environment, route, namespace }: RouteOwner): string {
  return `${ownerName({ environment, route })}@${namespace}`;
}

/** Changes with each write that the proxies hear of: not with one of the revision alone. */
function versionsOf(objects: readonly MeshObject[]): string {
  const names = objects.map(({ kind, metadata: { uid, generation } }) => `${kind} ${uid} ${generation}`);
  return names.toSorted().join();
}
