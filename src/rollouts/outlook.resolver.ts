import { Args, Query, Resolver } from '@nestjs/graphql';
import { CallerIsGone } from '../auth/caller.js';
import { Requires } from '../auth/requires.js';
import { inSlices } from '../changes/in-slices.js';
import type { Guard } from '../domain/guard.js';
import type { GuardSubject } from '../domain/guard/guard-subject.js';
import { SCATTER_SPAN, scatterIn } from '../domain/guard/scatter-in-history.js';
import { goesByHistory, type Scatter } from '../domain/guard/scatter.js';
import { usualHours, usualOf, type Usual } from '../domain/guard/usual.js';
import type { Image } from '../domain/image.js';
import { Problem } from '../domain/problem.js';
import { type KnownUsual, type Outlook, outlookOf } from '../domain/rollout/outlook.js';
import { unknownUsual } from '../domain/rollout/unknown-usual.js';
import { readsBeforehand } from '../domain/rollout/watched-guards.js';
import type { Rollout } from '../domain/rollout.js';
import { MetricHistory } from '../ports/metric-history.js';
import { Store } from '../ports/store.js';

interface UsualInput {
  readonly perSecond: number;
  readonly badShare: number;
}

interface OutlookQuery {
  readonly environment: string;
  readonly key: string;
  readonly usual?: UsualInput | null;
}

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;
/** What is read window by window: enough to tell their length, and of a mean how much values scatter. */
const LATELY = { mean: 60 * MINUTE, other: 10 * MINUTE } as const;
/** Windows of a source that was not read. */
const USUAL_WINDOW = 5;

@Resolver()
export class OutlookResolver {
  constructor(
    private readonly store: Store,
    private readonly history: MetricHistory,
  ) {}

  @Requires('viewer')
  @Query('rolloutOutlook')
  async rolloutOutlook(
    @Args() { environment, key, usual }: OutlookQuery,
    @CallerIsGone() isGone: () => boolean,
  ): Promise<Outlook> {
    const image = await this.store.image(environment);
    const rollout = image.documents.value('rollout', key);
    if (rollout === undefined)
      throw new Problem('NOT_FOUND', `There is no rollout "${key}" here.`, { field: 'key' });
    if (usual != null) {
      const given = { usual: asGiven(usual), hours: [] };
      return await inSlices(
        outlookOf(rollout, image.documents, () => given),
        isGone,
      );
    }
    const known = await this.#usualOfAll(image, rollout);
    const usualIn = (guard: string): KnownUsual => known.get(guard) ?? UNKNOWN;
    return await inSlices(outlookOf(rollout, image.documents, usualIn), isGone);
  }

  async #usualOfAll(image: Image, rollout: Rollout): Promise<ReadonlyMap<string, KnownUsual>> {
    const now = await this.store.now();
    const guards = rollout.guards.flatMap((key) => image.documents.value('guard', key) ?? []);
    const found = guards.map(
      async (guard) => [guard.key, await this.#usualOf(image, { guard, rollout }, now)] as const,
    );
    return new Map(await Promise.all(found));
  }

  async #usualOf(
    image: Image,
    { guard, rollout }: { readonly guard: Guard; readonly rollout: Rollout },
    now: number,
  ): Promise<KnownUsual> {
    const subject = readsBeforehand(image, guard, rollout);
    if (guard.source !== 'prometheus' || subject === null)
      return unknown('NO_HISTORY', `source "${guard.source}" keeps no history to read: give usual`);
    const { windows: rough, unknown: trouble } = await this.history.rough({
      subject,
      from: now - WEEK,
      to: now,
    });
    if (trouble !== null) return unknown('HISTORY_UNREADABLE', trouble);
    const lately = guard.kind === 'mean' ? LATELY.mean : LATELY.other;
    const { reading: alike } = await this.history.alike({ subject, from: now - lately, to: now });
    const usual = usualOf(guard, { rough, alike });
    if (usual !== null)
      return { usual, hours: usualHours(rough), scatter: await this.#scatterOf(subject, now) };
    return unknownUsual(guard.key, { rough, alike });
  }

  /** As it would be found if the rollout began now. */
  async #scatterOf(subject: GuardSubject, now: number): Promise<Scatter | undefined> {
    if (!goesByHistory(subject.guard)) return undefined;
    const span = { subject, from: now - SCATTER_SPAN, to: now, parts: 'halves' as const };
    return scatterIn(subject.guard, await this.history.windows(span)) ?? undefined;
  }
}

const UNKNOWN = unknown('NO_HISTORY', 'nothing was read');

function unknown(code: (KnownUsual & { usual: null })['code'], reason: string): KnownUsual & { usual: null } {
  return { usual: null, code, reason };
}

function asGiven({ perSecond, badShare }: UsualInput): Usual {
  if (!(perSecond > 0 && perSecond <= 1e9))
    throw new Problem('INVALID_INPUT', 'Give requests a second: more than 0, at most 1e9.', {
      field: 'usual.perSecond',
    });
  if (!(badShare >= 0 && badShare <= 1))
    throw new Problem('INVALID_INPUT', 'Give a share from 0 to 1.', { field: 'usual.badShare' });
  const tails = badShare > 0 && badShare < 1 ? [{ bound: null, share: badShare }] : [];
  return { perSecond, badShare, tails, mean: null, scatter: null, windowSeconds: USUAL_WINDOW };
}
