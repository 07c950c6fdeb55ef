import type { MeshObject } from '../istio-objects/mesh-object.js';
import { allEnded } from './all-ended.js';
import type { IstioObjectsApi } from './istio-objects-api.js';
import type { OwnBasis } from './own-basis.js';
import { isLastToTell, kindOf } from './propagation/news.js';
import type { RouteConfirmations } from './propagation/route-confirmations.js';
import { surplusFields } from './surplus-fields.js';
import type { UnsettledWrites } from './unsettled-writes.js';
import { inGroups } from './write-groups.js';
import type { Step } from './write-order.js';

/** The steps of one route, and what they rest on. */
export interface Plan {
  /** Names the route's objects in one namespace. */
  readonly place: string;
  readonly steps: readonly Step[];
  readonly basis: OwnBasis;
}

type Write = Exclude<Step, { act: 'settle' }>;

/** Does the steps of routes on the API server. */
export class StepWrites {
  /** `settleMs`: wait between subsets and the routes that name them where no istiod can be asked. */
  constructor(
    private readonly confirmations: RouteConfirmations,
    private readonly unsettled: UnsettledWrites,
    private readonly settleMs: number,
  ) {}

  /** Rejects where one of several writes would be refused; what is one write is refused as a whole anyway. */
  async rehearse(api: IstioObjectsApi, steps: readonly Step[]): Promise<void> {
    const writes = steps.filter((step) => step.act !== 'settle');
    if (writes.length > 1) await allEnded(writes.map((step) => rehearseOne(api, step)));
  }

  /** Ends before the next write where it was `overtaken`. Rejects with 409 where somebody has written meanwhile. */
  async run(api: IstioObjectsApi, plan: Plan, overtaken?: AbortSignal): Promise<void> {
    const { place, steps, basis } = plan;
    const isOvertaken = (): boolean => overtaken?.aborted === true;
    for (const group of inGroups(steps)) {
      const [first] = group;
      if (first === undefined) continue;
      const isCut = first.act === 'settle' ? !(await this.#settled(place, overtaken)) : isOvertaken();
      if (isCut) return this.unsettled.cutShort(place, steps.slice(0, steps.indexOf(first)));
      if (first.act === 'settle') continue;
      const write = async (): Promise<void> => {
        await basis.confirm((object) => api.get(object));
        await allEnded(group.map((step) => doStep(api, step, basis)));
      };
      const isLast = steps.some((step, index) => group.includes(step) && isLastToTell(steps, index));
      await (isLast ? this.confirmations.around(place, kindOf(first), write) : write());
    }
  }

  async #settled(place: string, overtaken?: AbortSignal): Promise<boolean> {
    const isSettled = await this.confirmations.settled(place, this.settleMs, overtaken);
    if (isSettled) this.unsettled.forget(place);
    return isSettled;
  }
}

async function doStep(api: IstioObjectsApi, step: Step, basis: OwnBasis): Promise<void> {
  if (step.act === 'settle') return;
  if (step.act === 'delete') {
    // What the steps before have made has a version by now.
    await api.delete(basis.find(step.standing) ?? step.standing);
    return basis.removed(step.standing);
  }
  // An object that is written twice stands the second time as the first left it.
  basis.written(await write(api, step.object, basis.find(step.object) ?? step.standing));
}

async function rehearseOne(api: IstioObjectsApi, step: Write): Promise<void> {
  if (step.act === 'apply') await lay(api, step.object, step.standing, true);
}

/**
 * An object that says it is ours is wholly ours, so its fields are taken from whoever changed them; where nothing
 * stands, it is made, and never laid over what somebody has made meanwhile.
 */
function lay(api: IstioObjectsApi, object: MeshObject, standing: MeshObject | null, dryRun: boolean) {
  if (standing === null) return api.create(object, { dryRun });
  const { resourceVersion } = standing.metadata;
  const over = { ...object, metadata: { ...object.metadata, resourceVersion } };
  return api.apply(over, { dryRun, force: true });
}

/** What others added goes last: by then nothing is missing that Istio wants to see. */
async function write(
  api: IstioObjectsApi,
  object: MeshObject,
  standing: MeshObject | null,
): Promise<MeshObject> {
  const after = await lay(api, object, standing, false);
  const added = surplusFields(after.spec, object.spec);
  return added === null ? after : api.removeFields(after, added);
}
