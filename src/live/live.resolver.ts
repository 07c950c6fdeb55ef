import { Args, Resolver, Subscription } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { Problem } from '../domain/problem.js';
import { type Cursor, Store, type Watcher } from '../ports/store.js';
import { type ChangeNotice, ChangeNotices } from './change-notices.js';
import { Feed } from './feed.js';
import { Standings, type Subject } from './standings.js';
import {
  type GuardEvent,
  guardIn,
  GUARDS,
  type RolloutProgress,
  ROLLOUTS,
  type RouteProgress,
  ROUTES,
} from './subjects.js';

/** Each subscription watches the store for itself and keeps what its subscriber has not read. */
@Resolver()
export class LiveResolver {
  constructor(private readonly store: Store) {}

  @Requires('viewer')
  @Subscription('changes')
  async changes(
    @Args('environment') environment: string,
    @Args('from') from: string | null,
  ): Promise<Feed<{ changes: ChangeNotice }>> {
    const cursor = from == null ? null : cursorOf(from);
    const notices = new ChangeNotices(() => feed.wake(), from ?? '');
    const feed = new Feed(() => wrapped('changes', notices.take()));
    return this.#watched(feed, environment, notices, cursor);
  }

  @Requires('viewer')
  @Subscription('rolloutProgress')
  async rolloutProgress(
    @Args('environment') environment: string,
    @Args('rollout') only: string | null,
  ): Promise<Feed<{ rolloutProgress: RolloutProgress }>> {
    return this.#standings('rolloutProgress', ROLLOUTS, environment, (key) => only == null || key === only);
  }

  @Requires('viewer')
  @Subscription('routeStatus')
  async routeStatus(
    @Args('environment') environment: string,
    @Args('route') only: string | null,
  ): Promise<Feed<{ routeStatus: RouteProgress }>> {
    return this.#standings('routeStatus', ROUTES, environment, (key) => only == null || key === only);
  }

  @Requires('viewer')
  @Subscription('guardEvents')
  async guardEvents(
    @Args('environment') environment: string,
    @Args('guard') only: string | null,
  ): Promise<Feed<{ guardEvents: GuardEvent }>> {
    return this.#standings(
      'guardEvents',
      GUARDS,
      environment,
      (key) => only == null || guardIn(key) === only,
    );
  }

  #standings<N extends string, T>(
    name: N,
    subject: Subject<T>,
    environment: string,
    only: (key: string) => boolean,
  ): Promise<Feed<Record<N, T>>> {
    const standings = new Standings(subject, () => feed.wake(), only);
    const feed = new Feed(() => wrapped(name, standings.take()));
    return this.#watched(feed, environment, standings, null);
  }

  async #watched<T>(
    feed: Feed<T>,
    environment: string,
    watcher: Watcher,
    from: Cursor | null,
  ): Promise<Feed<T>> {
    feed.onEnd(await this.store.watch(environment, from, watcher));
    return feed;
  }
}

/** A root value that has the subscription's field; undefined for nothing. */
function wrapped<N extends string, T>(name: N, value: T | undefined): Record<N, T> | undefined {
  return value === undefined ? undefined : ({ [name]: value } as Record<N, T>);
}

function cursorOf(text: string): Cursor {
  const [, epoch, revision] = /^([^.]{1,64})\.(\d{1,15})$/.exec(text) ?? [];
  if (epoch === undefined)
    throw new Problem('INVALID_INPUT', 'A cursor is `epoch.revision`, as a notice gave it.', {
      field: 'from',
    });
  return { epoch, revision: Number(revision) };
}
