import { Injectable, Logger } from '@nestjs/common';
import { describeFailure, isOvertaken, warningOf } from '../control/failure.js';
import { every } from '../control/pace.js';
import type { Duty, Term } from '../control/term.js';
import { lookAt } from '../domain/discovery/look-at.js';
import type { Look } from '../domain/discovery/look.js';
import { type DiscoveryAct, noticed } from '../domain/discovery/noticed.js';
import { DISCOVERY, planAct, recordEdit } from '../domain/discovery/plan-act.js';
import type { DiscoveryRecord } from '../domain/discovery/record.js';
import type { Stored } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { isSameJson } from '../domain/same-json.js';
import { Store } from '../ports/store.js';
import { Retirements } from './retirements.js';
import { Workloads } from './workloads.js';

const TICK = 1_000;

/** Notices new versions of routes, and does for them what the templates of the environment say. */
@Injectable()
export class VersionWatcher implements Duty {
  readonly name = 'version-watcher';
  readonly #log = new Logger(VersionWatcher.name);

  constructor(
    private readonly store: Store,
    private readonly workloads: Workloads,
  ) {}

  run(term: Term): Promise<void> {
    return every(TICK, term.signal, () => this.#lookAtAll(term), warningOf(this.#log, term.environment));
  }

  async #lookAtAll(term: Term): Promise<void> {
    if (!this.store.available(term.environment)) return;
    const { documents } = await this.store.image(term.environment);
    if ((documents.value('settings', 'environment')?.versionTemplates ?? []).length === 0) return;
    this.workloads.start();
    for (const { key } of documents.list('route')) {
      if (term.signal.aborted) return;
      try {
        await this.#lookAt(term, key);
      } catch (error) {
        if (!isOvertaken(error)) this.#log.warn(`versions of route ${key}: ${describeFailure(error)}`);
      }
    }
  }

  async #lookAt(term: Term, key: string): Promise<void> {
    const now = await this.store.now();
    const image = await this.store.image(term.environment);
    const route = image.documents.get('route', key);
    const look = route && this.#lookOf(image, route, now);
    if (look === undefined) return;
    const found = noticed(look);
    if (found.act === null) {
      const retirements = new Retirements(this.store, this.workloads, term);
      if (!(await retirements.attend(image, { ...look, record: found.record }))) {
        await this.#remember(term, image, look, found.record);
      }
      return;
    }
    const { errors, commit } = planAct(image, look, found);
    if (commit === null) {
      const waiting = `Version ${versionIn(found.act)} waits. ${errors.map(({ message }) => message).join(' ')}`;
      return this.#remember(term, image, look, { ...found.record, waiting });
    }
    const { environment, lease } = term;
    const reason = reasonFor(found.act);
    await this.store.commit(environment, { ...commit, epoch: image.epoch, lease, actor: DISCOVERY, reason });
    this.#log.log(`${environment}, route ${key}: ${reason}`);
  }

  /** Undefined where nobody asked for it, or the cluster can't be asked. */
  #lookOf(image: Image, route: Stored<'route'>, now: number): Look | undefined {
    const known = this.workloads.behind(route.value.service);
    if ('unknown' in known) return undefined;
    const look = lookAt(image, route, known.workloads, now);
    return look.template === null && look.record === null ? undefined : look;
  }

  async #remember(term: Term, image: Image, look: Look, record: DiscoveryRecord): Promise<void> {
    if (isSameJson(look.record, record)) return;
    const edit = { ...recordEdit(image, look.route.key, record), epoch: image.epoch };
    await this.store.writeState(term.environment, edit, term.lease);
  }
}

function versionIn(act: DiscoveryAct): string {
  return act.act === 'abort' ? act.rollout : act.seen.version;
}

function reasonFor(act: DiscoveryAct): string {
  if (act.act === 'abort') return act.because;
  const { version, images } = act.seen;
  return act.act === 'draft'
    ? `version ${version} is new: ${images.join(', ')}`
    : `version ${version} is ready to begin`;
}
