import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from './admin.js';
import type { Child } from './child.js';
import type { Follower } from './follow.js';
import type { Front } from './front.js';
import { tellLies } from './liars.js';
import { tell } from './log.js';
import type { Visitor } from './visitors.js';

/** Who plays in the story. */
export interface Cast {
  readonly admin: Admin;
  readonly follower: Follower;
  readonly front: Front;
  readonly visitors: readonly Visitor[];
  readonly v2: Child;
  readonly healthy: boolean;
  readonly url: string;
  readonly clientToken: string;
}

const ROLLOUT = { environment: 'production', key: 'new-checkout' };
/** Plays the rollout: with a fault in the 20 % step, the trip, the mending and the second run; or all healthy. */
export async function playStory(cast: Cast): Promise<void> {
  const { admin, follower, front } = cast;
  await front.round();
  look(cast, 'before the rollout');
  await startWhenReady(admin, 'Let employees try the new checkout first');
  await follower.until('start', 1, 20);
  await front.round();
  look(cast, 'employees first');
  for (const { lie, value } of await tellLies(cast.url, cast.clientToken)) {
    tell('ofrep', `${lie}: new-checkout is ${JSON.stringify(value)}`);
  }
  await follower.until('step', 1, 40);
  await front.round();
  look(cast, 'at 5 %');
  await follower.until('step', 2, 60);
  await front.round();
  look(cast, 'at 20 %');
  if (!cast.healthy) await failAndMend(cast);
  await follower.until('complete', 1, 120);
  await front.round();
  look(cast, 'completed');
}

async function failAndMend({ admin, follower, front, visitors, v2, ...rest }: Cast): Promise<void> {
  await setFault(v2, 0.6);
  tell('shop', 'version v2 now fails 60 % of its requests');
  await follower.until('trip', 1, 60);
  await front.round();
  look({ admin, follower, front, visitors, v2, ...rest }, 'after the trip');
  await setFault(v2, 0);
  tell('shop', 'version v2 is mended');
  await admin.mutate('resetGuard', {
    environment: ROLLOUT.environment,
    key: 'checkout-errors',
    subject: 'rollout/new-checkout',
    reason: 'v2 is mended',
  });
  await startWhenReady(admin, 'Second try, with v2 mended');
}

async function setFault(version: Child, share: number): Promise<void> {
  await fetch(`http://127.0.0.1:${version.port}/fault`, { method: 'POST', body: String(share) });
}

/** A rollout starts once the route's table is applied, which takes a moment. */
async function startWhenReady(admin: Admin, reason: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.mutate('startRollout', { ...ROLLOUT, reason });
      return;
    } catch (error) {
      if (attempt === 40) throw error;
      await sleep(250);
    }
  }
}

/** Tells what the last answer to each visitor was: the flag from the SDK, the version from the proxy. */
function look({ front, visitors }: Cast, when: string): void {
  const parts = (['employee', 'customer', 'liar'] as const).map((kind) => {
    const seen = visitors
      .filter((visitor) => visitor.kind === kind)
      .flatMap(({ id }) => front.visits.get(id) ?? []);
    const on = seen.filter(({ flag }) => flag).length;
    const v2 = seen.filter(({ version }) => version === 'v2').length;
    return `${kind}s flag on ${on}/${seen.length}, v2 ${v2}/${seen.length}`;
  });
  const apart = [...front.visits.values()].filter(({ flag, version }) => flag !== (version === 'v2')).length;
  tell('shop', `${when}: ${parts.join('; ')}; flag and route disagree for ${apart}`);
}
