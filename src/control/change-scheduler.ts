import { Inject, Injectable, Logger } from '@nestjs/common';
import { authorize } from '../auth/authorize.js';
import { toPrincipal } from '../auth/principal.js';
import { foreignRoutes } from '../changes/foreign-routes.js';
import { SOURCE_SETUP } from '../changes/source-setup.js';
import { REGISTRY, stateKey } from '../domain/image.js';
import { Problem, type UserError } from '../domain/problem.js';
import { applyScheduled, dueSchedules, outlivedSchedules } from '../domain/schedule/apply-scheduled.js';
import { scheduleProposals } from '../domain/schedule/schedule-proposals.js';
import { type ScheduledChange, scheduleOf, schedules } from '../domain/schedule/scheduled-change.js';
import type { SourceSetup } from '../domain/source-setup.js';
import { Store } from '../ports/store.js';
import { describeFailure, isOvertaken, warningOf } from './failure.js';
import { every, pause } from './pace.js';
import type { Duty, Term } from './term.js';

const TICK = 500;
const ATTEMPTS = 8;
const WAIT = 25;

/** Writes scheduled changes when their time has come, by the store's clock, each once. */
@Injectable()
export class ChangeScheduler implements Duty {
  readonly name = 'change-scheduler';
  readonly #log = new Logger(ChangeScheduler.name);

  constructor(
    private readonly store: Store,
    @Inject(SOURCE_SETUP) private readonly setup: SourceSetup,
  ) {}

  run(term: Term): Promise<void> {
    return every(TICK, term.signal, () => this.#look(term), warningOf(this.#log, term.environment));
  }

  async #look(term: Term): Promise<void> {
    const { environment, lease, signal } = term;
    if (!this.store.available(environment)) return;
    const image = await this.store.image(environment);
    if (schedules(image).length === 0) return;
    const now = await this.store.now();
    for (const { change } of dueSchedules(image, now)) {
      if (signal.aborted) return;
      try {
        await this.#apply(term, change.key);
      } catch (error) {
        if (!isOvertaken(error)) this.#log.warn(`scheduled ${change.key}: ${describeFailure(error)}`);
      }
    }
    for (const { change, revision } of outlivedSchedules(image, now)) {
      const edit = { key: stateKey.schedule(change.key), value: null, expected: revision };
      await this.store.writeState(environment, edit, lease);
    }
  }

  /** Decides and writes; anew when somebody wrote in between. */
  async #apply(term: Term, key: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#commit(term, key);
      } catch (error) {
        if (!isOvertaken(error) || attempt === ATTEMPTS || term.signal.aborted) throw error;
        await pause(WAIT * attempt, term.signal);
      }
    }
  }

  async #commit({ environment, lease }: Term, key: string): Promise<void> {
    const now = await this.store.now();
    const image = await this.store.image(environment);
    const standing = scheduleOf(image, key);
    if (standing === undefined || standing.change.status !== 'pending' || standing.change.applyAt > now)
      return;
    const { change } = standing;
    const proposals = scheduleProposals(image, change.changes);
    const others = await foreignRoutes(this.store, image, proposals);
    const refusal = await this.#refusal(environment, change);
    const commit = applyScheduled(image, standing, { now, refusal, others, setup: this.setup });
    const { epoch } = image;
    await this.store.commit(environment, {
      ...commit,
      epoch,
      lease,
      actor: `token:${change.by}`,
      reason: change.reason,
    });
    this.#log.log(`scheduled ${key} of ${environment}: ${String(commit.event?.kind)}`);
  }

  /** Whether who scheduled it may still write this: their token stands, with role and reach. */
  async #refusal(environment: string, { by, byMadeAt, changes }: ScheduledChange): Promise<UserError | null> {
    const { documents } = await this.store.image(REGISTRY);
    const token = documents.value('token', by);
    const role = changes.some(({ kind }) => kind === 'settings') ? 'admin' : 'editor';
    try {
      if (token?.createdAt !== byMadeAt) throw new Problem('FORBIDDEN', `The token "${by}" is revoked.`);
      authorize(toPrincipal(token), { role, environment });
      return null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { field: '', message: error.message, code: error.code };
    }
  }
}
