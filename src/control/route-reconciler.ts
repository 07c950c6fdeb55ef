import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Change } from '../domain/change.js';
import { type Image } from '../domain/image.js';
import { Mesh } from '../ports/mesh.js';
import { Store } from '../ports/store.js';
import { describeFailure, isOvertaken } from './failure.js';
import { OrphanReport } from './orphan-report.js';
import { every } from './pace.js';
import { Repeats } from './repeats.js';
import { RouteReconciliation } from './route-reconciliation.js';
import type { Duty, Term } from './term.js';
import { WHEN_EMPTY, type WhenEmpty } from './without-empty.js';
import { type Urgency, WorkQueue } from './work-queue.js';

const RESYNC = 5_000;
/** Routes are written side by side, so that one which waits for its proxies holds few others up. */
const CONCURRENCY = 8;
/** Orphans are looked for once in so many resyncs. */
const ORPHANS_EVERY = 12;
/** A failure that stays is told again after so many ms. */
const TELL_AGAIN = 600_000;
const ROUTE_STATE = /^route\/(.+)$/;

/**
 * Makes the mesh obey the routes: woken by each change that touches one, by the mesh where something happened to one
 * there, and every 5 s for all of them, so that their status is seen to be fresh.
 */
@Injectable()
export class RouteReconciler implements Duty {
  readonly name = 'route-reconciler';
  readonly #log = new Logger(RouteReconciler.name);

  constructor(
    private readonly store: Store,
    private readonly mesh: Mesh,
    @Inject(WHEN_EMPTY) private readonly whenEmpty: WhenEmpty,
  ) {}

  async run(term: Term): Promise<void> {
    const repeats = new Repeats(TELL_AGAIN);
    const told = (key: string, error: unknown): void => {
      const text = describeFailure(error);
      if (!isOvertaken(error) && repeats.isNews(key, text, performance.now()))
        this.#log.warn(`route ${key} of ${term.environment}: ${text}`);
    };
    const reconciliation = new RouteReconciliation(this.store, this.mesh, term, this.whenEmpty);
    const orphans = new OrphanReport(this.store, this.mesh, term.environment);
    const work = async (key: string): Promise<number | void> => {
      const soon = await reconciliation.reconcile(key);
      repeats.settled(key);
      return soon;
    };
    const queue = new WorkQueue(work, {
      concurrency: CONCURRENCY,
      onFailure: told,
    });
    const addAll = (image: Image): void => routeKeys(image).forEach((key) => queue.add(key, 'routine'));
    // The mesh first, so that all routes are looked at in what it has listed by then.
    const leave = this.mesh.changes(({ environment, route }) => {
      if (environment === term.environment) queue.add(route);
    });
    let stop = (): void => undefined;
    let round = 0;
    const resync = async (): Promise<void> => {
      if (!this.store.available(term.environment)) return;
      addAll(await this.store.image(term.environment));
      if (round++ % ORPHANS_EVERY === 0) await orphans.report();
      repeats.settled('*');
    };
    try {
      stop = await this.store.watch(term.environment, null, {
        reset: (image) => {
          routeKeys(image).forEach((key) => reconciliation.overtake(key));
          addAll(image);
        },
        change: (change, image) =>
          touchedRoutes(change, image).forEach(({ key, urgency }) => {
            reconciliation.overtake(key);
            queue.add(key, urgency);
          }),
      });
      await every(RESYNC, term.signal, resync, (error) => told('*', error));
    } finally {
      stop();
      leave();
      await queue.close();
    }
  }
}

/** All routes, and those that are gone but whose status still stands. */
function routeKeys({ documents, states }: Image): string[] {
  const kept = [...states.keys()].flatMap((key) => ROUTE_STATE.exec(key)?.[1] ?? []);
  return [...new Set([...documents.list('route').map(({ key }) => key), ...kept])];
}

/** A segment or the settings may be part of any table, and must hold up no route that was written itself. */
function touchedRoutes({ documents }: Change, image: Image): { key: string; urgency: Urgency }[] {
  const written = documents.filter(({ kind }) => kind === 'route').map(({ key }) => key);
  const isShared = documents.some(({ kind }) => kind === 'segment' || kind === 'settings');
  const others = isShared ? routeKeys(image).filter((key) => !written.includes(key)) : [];
  return [
    ...written.map((key) => ({ key, urgency: 'urgent' as const })),
    ...others.map((key) => ({ key, urgency: 'routine' as const })),
  ];
}
