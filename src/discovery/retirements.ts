import { Logger } from '@nestjs/common';
import { failureText } from '../cluster/cluster-failure.js';
import type { Term } from '../control/term.js';
import type { Look } from '../domain/discovery/look.js';
import { DISCOVERY, recordEdit } from '../domain/discovery/plan-act.js';
import { type DiscoveryRecord, recordOf, type Retirement } from '../domain/discovery/record.js';
import {
  type OtherRoute,
  retirementOf,
  type Surroundings,
  withoutRetirement,
} from '../domain/discovery/retirement.js';
import { retirementTrouble } from '../domain/discovery/table-trouble.js';
import type { Workload } from '../domain/discovery/workload.js';
import { ref } from '../domain/documents.js';
import { type Image, REGISTRY } from '../domain/image.js';
import { isSameJson } from '../domain/same-json.js';
import type { Store } from '../ports/store.js';
import type { Workloads } from './workloads.js';

const NOTHING_DUE: Surroundings = { tableTrouble: null, others: [] };

/** Scales old versions to zero once they have been kept for as long as they were to be, for one term. */
export class Retirements {
  readonly #log = new Logger(Retirements.name);

  constructor(
    private readonly store: Store,
    private readonly workloads: Workloads,
    private readonly term: Term,
  ) {}

  /** Does what is due for a route. Answers whether it has written the route's record. */
  async attend(image: Image, look: Look): Promise<boolean> {
    const { record } = look;
    if (record === null) return false;
    const due = record.retiring.find(({ at }) => at <= look.now);
    const around = due === undefined ? NOTHING_DUE : await this.#around(image, look, due);
    const decided = retirementOf(look, around);
    switch (decided.decision) {
      case 'none':
        return false;
      case 'wait':
        return this.#wait(image, look, record, decided.because);
      case 'drop':
        await this.#write(image, look, withoutRetirement(record, decided.retirement));
        return true;
      case 'scale':
        await this.#scale(image, look, decided);
        return true;
    }
  }

  async #around(image: Image, look: Look, due: Retirement): Promise<Surroundings> {
    const registry = await this.store.image(REGISTRY);
    const environments = registry.documents.list('environment').map(({ key }) => key);
    const unread = environments.find((one) => !this.store.available(one));
    if (unread !== undefined)
      return { ...NOTHING_DUE, tableTrouble: `The routes of environment "${unread}" can't be read.` };
    const others = await Promise.all(
      environments.map(async (one) => {
        const { documents } = one === this.term.environment ? image : await this.store.image(one);
        const environment = one === this.term.environment ? null : one;
        return documents.list('route').map(({ value }) => ({ environment, route: value }));
      }),
    );
    const isOther = ({ environment, route }: OtherRoute) =>
      environment !== null || route.key !== look.route.key;
    return { tableTrouble: retirementTrouble(image, look, due), others: others.flat().filter(isOther) };
  }

  async #wait(image: Image, look: Look, record: DiscoveryRecord, because: string): Promise<boolean> {
    if (record.waiting !== '') return false;
    const waiting = { ...record, waiting: because };
    if (!isSameJson(waiting, recordOf(image, look.route.key).record)) await this.#write(image, look, waiting);
    return true;
  }

  /**
   * Once more under the lease, so that nobody who leads no longer scales anything; then the cluster, then the log. Where
   * it ends between the two, the next leader finds nothing that runs, and the log has no event of it.
   */
  async #scale(
    image: Image,
    look: Look,
    { retirement, workloads }: { readonly retirement: Retirement; readonly workloads: readonly Workload[] },
  ): Promise<void> {
    const { environment, lease } = this.term;
    if (look.record === null) return;
    await this.#write(image, look, look.record);
    try {
      for (const workload of workloads) await this.workloads.scaleToZero(workload);
    } catch (error) {
      const waiting = `Version ${retirement.version} can't be scaled to zero: ${failureText(error)}`;
      await this.#write(await this.store.image(environment), look, { ...look.record, waiting });
      return;
    }
    const after = await this.store.image(environment);
    const reason = `version ${retirement.version} is scaled to zero: rollout ${retirement.rollout} has completed`;
    await this.store.commit(environment, {
      edits: [],
      expected: {},
      state: [recordEdit(after, look.route.key, withoutRetirement(look.record, retirement))],
      event: {
        kind: 'scale',
        subject: ref('route', look.route.key),
        evidence: {
          version: retirement.version,
          rollout: retirement.rollout,
          deployments: workloads.map(told),
        },
      },
      epoch: after.epoch,
      lease,
      actor: DISCOVERY,
      reason,
    });
    this.#log.log(`${environment}, route ${look.route.key}: ${reason}`);
  }

  async #write(image: Image, { route }: Look, record: DiscoveryRecord): Promise<void> {
    const edit = { ...recordEdit(image, route.key, record), epoch: image.epoch };
    await this.store.writeState(this.term.environment, edit, this.term.lease);
  }
}

/** An autoscaler leaves a Deployment alone that is at zero, until somebody scales it up. */
function told({ namespace, name, desired, hpa }: Workload): object {
  return {
    deployment: `${namespace}/${name}`,
    from: desired,
    ...(hpa === null ? {} : { autoscaler: hpa.name }),
  };
}
