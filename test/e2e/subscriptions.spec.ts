import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api } from '../support/api.js';
import { createSamples, ENVIRONMENT, FLAG, inProduction, ROLLOUT } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { Redis } from '../support/redis.js';
import {
  overEvents,
  overWebSocket,
  type Subscriber,
  type SubscriptionResult,
  type Transport,
} from '../support/subscriber.js';

const CHANGES = `subscription ($environment: ID!, $from: String) {
  changes(environment: $environment, from: $from) {
    kind cursor change { revision actor reason documents { kind key after } event { kind } }
  }
}`;
const PROGRESS = `subscription ($environment: ID!) {
  rolloutProgress(environment: $environment) {
    rollout steps hold position { token step state held waiting }
  }
}`;
const ROUTES = `subscription ($environment: ID!) {
  routeStatus(environment: $environment) { route status { phase desired applied observed } }
}`;
const GUARDS = `subscription ($environment: ID!) {
  guardEvents(environment: $environment) { guard subject state previous trouble troubleCode trippedAt evidence }
}`;

const TRANSPORTS: readonly (readonly [string, Transport])[] = [
  ['WebSocket', overWebSocket],
  ['server-sent events', overEvents],
];

interface Notice {
  readonly kind: string;
  readonly cursor: string;
  readonly change: { readonly revision: number; readonly reason: string } | null;
}

function noticeIn({ data, errors }: SubscriptionResult): Notice {
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data?.['changes'] as Notice;
}

/** Nothing serves its source here. */
const UNSEEING = {
  key: 'unseeing',
  source: 'prometheus',
  query: { bad: 'bad', total: 'all', arm: { label: 'version', new: 'v2', control: 'v1' } },
  margin: 2,
  target: { flag: ROLLOUT.flag.key, new: 'on', control: 'off' },
};

interface GuardStanding {
  readonly state: string | null;
}

function guardIn({ data }: SubscriptionResult): GuardStanding {
  return data?.['guardEvents'] as GuardStanding;
}

function codeIn({ errors }: SubscriptionResult): string | undefined {
  return errors?.[0]?.extensions?.code;
}

describe.each(['embedded', 'redis'])('subscriptions on the %s store', (kind) => {
  let redis: Redis | undefined;
  let app: App;
  let api: Api;
  const open: Subscriber[] = [];

  beforeAll(async () => {
    if (kind === 'redis') redis = await Redis.start();
    app = await App.start({
      settings: {
        TIDEGATE_SUBSCRIPTIONS: '5',
        ...(redis === undefined ? {} : { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url }),
      },
    });
    api = app.api();
    await createSamples(api);
    await api.do('createEnvironment', { key: 'staging' });
  }, 60_000);

  afterEach(() => {
    for (const subscriber of open.splice(0)) subscriber.close();
  });

  afterAll(async () => {
    await app?.stop();
    await redis?.stop();
  });

  async function subscribe(
    transport: Transport,
    query: string,
    { token = app.token, ...variables }: { token?: string | null; [name: string]: unknown } = {},
  ): Promise<Subscriber> {
    const subscriber = await transport({
      url: app.url,
      token,
      query,
      variables: { environment: ENVIRONMENT, ...variables },
    });
    open.push(subscriber);
    return subscriber;
  }

  async function tokenOf(input: object): Promise<string> {
    return String((await api.do('createToken', { kind: 'admin', ...input })).secret);
  }

  const enable = (reason: string): Promise<unknown> =>
    api.do('updateFlag', inProduction({ ...FLAG, description: reason, reason }));

  describe.each(TRANSPORTS)('over %s', (name, transport) => {
    it('tell of each change, in order', async () => {
      const subscriber = await subscribe(transport, CHANGES);
      const start = noticeIn(await subscriber.next());
      expect(start).toMatchObject({ kind: 'reset', change: null });
      for (const reason of ['one', 'two', 'three']) await enable(`${name} ${reason}`);
      const notices = [await subscriber.next(), await subscriber.next(), await subscriber.next()].map(
        noticeIn,
      );
      const from = Number(start.cursor.split('.')[1]);
      expect(notices.map(({ change }) => change?.revision)).toEqual([from + 1, from + 2, from + 3]);
      expect(notices.map(({ change }) => change?.reason)).toEqual([
        `${name} one`,
        `${name} two`,
        `${name} three`,
      ]);
      expect(notices[0]).toMatchObject({
        kind: 'change',
        change: {
          actor: 'token:first-admin',
          documents: [{ kind: 'flag', key: FLAG.key, after: { description: `${name} one` } }],
          event: null,
        },
      });
    });

    it('go on after the last notice without gap or double', async () => {
      const first = await subscribe(transport, CHANGES);
      const { cursor } = noticeIn(await first.next());
      await enable(`${name} a`);
      const seen = noticeIn(await first.next());
      first.close();
      await enable(`${name} b`);
      await enable(`${name} c`);
      const second = await subscribe(transport, CHANGES, { from: seen.cursor });
      await enable(`${name} d`);
      const reasons: (string | undefined)[] = [];
      for (let count = 0; count < 3; count += 1) reasons.push(noticeIn(await second.next()).change?.reason);
      expect(reasons).toEqual([`${name} b`, `${name} c`, `${name} d`]);
      const again = await subscribe(transport, CHANGES, { from: cursor });
      expect(noticeIn(await again.next())).toEqual(seen);
    });

    it('reset whoever comes from another history', async () => {
      const subscriber = await subscribe(transport, CHANGES, { from: 'elsewhere.7' });
      expect(noticeIn(await subscriber.next())).toMatchObject({ kind: 'reset' });
    });

    it('tell where rollouts, routes and guards stand at once', async () => {
      const rollouts = await subscribe(transport, PROGRESS);
      expect((await rollouts.next()).data).toMatchObject({
        rolloutProgress: { rollout: ROLLOUT.key, steps: 3, hold: null, position: { step: 0 } },
      });
      const routes = await subscribe(transport, ROUTES);
      expect((await routes.next()).data).toMatchObject({ routeStatus: { route: 'checkout' } });
    });

    it.each<[string, string, object, string]>([
      [
        'an unknown field',
        'subscription { changes(environment: "production") { colour } }',
        {},
        'INVALID_INPUT',
      ],
      ['a syntax error', 'subscription {', {}, 'INVALID_INPUT'],
      ['a query', '{ environments { key } }', {}, 'INVALID_INPUT'],
      [
        'a mutation',
        'mutation { deleteFlag(input: {environment: "production", key: "a", reason: "x"}) { revision } }',
        {},
        'INVALID_INPUT',
      ],
      [
        'two subscriptions in one',
        'subscription { a: changes(environment: "production") { kind } b: changes(environment: "production") { kind } }',
        {},
        'INVALID_INPUT',
      ],
      ['a cursor that is none', CHANGES, { from: 'x' }, 'INVALID_INPUT'],
      ['an environment that is none', CHANGES, { environment: 'nowhere' }, 'NOT_FOUND'],
      ['the registry', CHANGES, { environment: '@registry' }, 'NOT_FOUND'],
      ['no environment', CHANGES, { environment: null }, 'INVALID_INPUT'],
      [
        '51 aliases',
        `subscription { changes(environment: "production") { ${Array.from({ length: 51 }, (_, n) => `a${n}: kind`).join(' ')} } }`,
        {},
        'QUERY_TOO_COMPLEX',
      ],
      ['deep brackets', `subscription { changes(environment: ${'['.repeat(200)}`, {}, 'TOO_LARGE'],
      [
        '6,000 tokens',
        `subscription { changes(environment: "production") { ${'kind '.repeat(6_000)} } }`,
        {},
        'TOO_LARGE',
      ],
    ])('refuse %s', async (_, query, variables, code) => {
      const subscriber = await subscribe(transport, query, { ...variables });
      expect(codeIn(await subscriber.next())).toBe(code);
      await subscriber.ended;
    });

    it('let a viewer of the environment in, and nobody of another one', async () => {
      const viewer = await tokenOf({
        key: `viewer-${kind}-${transport.name}`,
        role: 'viewer',
        environments: [ENVIRONMENT],
      });
      const mine = await subscribe(transport, CHANGES, { token: viewer });
      expect(noticeIn(await mine.next())).toMatchObject({ kind: 'reset' });
      const theirs = await subscribe(transport, CHANGES, { token: viewer, environment: 'staging' });
      expect(codeIn(await theirs.next())).toBe('FORBIDDEN');
    });

    it('tell nothing of another environment', async () => {
      const subscriber = await subscribe(transport, CHANGES, { environment: 'staging' });
      await subscriber.next();
      await enable(`${name} elsewhere`);
      await api.do('createFlag', {
        environment: 'staging',
        key: `here-${transport.name}`,
        reason: `${name} here`,
      });
      expect(noticeIn(await subscriber.next()).change?.reason).toBe(`${name} here`);
    });

    it('end when the token is revoked', async () => {
      const key = `short-${kind}-${transport.name}`;
      const token = await tokenOf({ key, role: 'viewer' });
      const subscriber = await subscribe(transport, CHANGES, { token });
      await subscriber.next();
      await api.do('revokeToken', { key });
      if (transport === overEvents) expect(codeIn(await subscriber.next())).toBe('UNAUTHENTICATED');
      expect(await subscriber.ended).toMatch(transport === overEvents ? 'complete' : /^4401 /);
    });

    it('are limited in number, by token, and a closed one makes room', async () => {
      const token = await tokenOf({ key: `many-${kind}-${transport.name}`, role: 'viewer' });
      const five: Subscriber[] = [];
      for (let count = 0; count < 5; count += 1) {
        five.push(await subscribe(transport, CHANGES, { token }));
        await five.at(-1)?.next();
      }
      const sixth = await subscribe(transport, CHANGES, { token });
      expect(codeIn(await sixth.next())).toBe('TOO_MANY_SUBSCRIPTIONS');
      five[0]?.close();
      await expect(
        eventually(async () => noticeIn(await (await subscribe(transport, CHANGES, { token })).next())),
      ).resolves.toMatchObject({ kind: 'reset' });
    });

    it('follow a rollout from act to act', async () => {
      const key = `follow-${transport.name}`.toLowerCase();
      await api.do('createFlag', inProduction({ key }));
      const subscriber = await subscribe(transport, PROGRESS);
      const seen: string[] = [];
      const until = async (token: string): Promise<void> => {
        while (seen.at(-1) !== token) {
          const progress = (await subscriber.next()).data?.['rolloutProgress'] as {
            rollout: string;
            position: { token: string } | null;
          };
          if (progress.rollout === key) seen.push(progress.position?.token ?? 'gone');
        }
      };
      const steps = [{ weight: 10_000 }, { weight: 100_000 }];
      await api.do('createRollout', inProduction({ key, flag: { key, new: 'on', control: 'off' }, steps }));
      await until('0.0.draft');
      await api.do('startRollout', inProduction({ key }));
      await until('1.0.running');
      await api.do('pauseRollout', inProduction({ key }));
      await until('1.0.paused');
      await api.do('abortRollout', inProduction({ key }));
      await until('1.0.aborted');
      await api.do('deleteRollout', inProduction({ key }));
      await until('gone');
    });
  });

  it('take no token but an admin one', async () => {
    const client = await tokenOf({ key: `client-${kind}`, kind: 'client', environments: [ENVIRONMENT] });
    const of = (transport: Transport, token: string | null): Promise<string> =>
      subscribe(transport, CHANGES, { token }).then(({ ended }) => ended);
    expect(await of(overWebSocket, null)).toMatch(/^4401 /);
    expect(await of(overWebSocket, 'unknown')).toMatch(/^4401 /);
    expect(await of(overWebSocket, client)).toMatch(/^4403 /);
    expect(await of(overEvents, null)).toBe('HTTP 401');
    expect(await of(overEvents, 'unknown')).toBe('HTTP 401');
    expect(await of(overEvents, client)).toBe('HTTP 403');
  });

  it('tell of a guard whose state changes', async () => {
    const subscriber = await subscribe(overEvents, GUARDS);
    await api.do('startRollout', inProduction({ key: ROLLOUT.key }));
    expect((await subscriber.next()).data).toMatchObject({
      guardEvents: {
        guard: 'checkout-errors',
        subject: `rollout/${ROLLOUT.key}`,
        previous: null,
        trippedAt: null,
      },
    });
    await api.do('abortRollout', inProduction({ key: ROLLOUT.key }));
    await api.do('createGuard', inProduction(UNSEEING));
    let event = guardIn(await subscriber.next());
    while (event.state !== 'blind') event = guardIn(await subscriber.next());
    expect(event).toMatchObject({ guard: UNSEEING.key, troubleCode: 'NO_SOURCE' });
    await api.do('deleteGuard', inProduction({ key: UNSEEING.key }));
  });

  if (kind === 'redis') {
    it('tell that the store went away and came back, and lose nothing', async () => {
      const subscriber = await subscribe(overWebSocket, CHANGES);
      const { cursor } = noticeIn(await subscriber.next());
      await redis?.kill();
      expect(noticeIn(await subscriber.next())).toMatchObject({ kind: 'away', cursor });
      await redis?.run();
      const kinds: string[] = [];
      while (!kinds.includes('back')) kinds.push(noticeIn(await subscriber.next(30_000)).kind);
      await eventually(() => enable('after the outage'));
      let notice = noticeIn(await subscriber.next());
      while (notice.kind !== 'change') notice = noticeIn(await subscriber.next());
      expect(notice.change?.reason).toBe('after the outage');
      // a Redis that was started anew begins another epoch
      expect(notice.cursor.split('.')[0]).not.toBe(cursor.split('.')[0]);
      expect(kinds).toContain('reset');
    }, 60_000);
  }
});

async function eventually<T>(act: () => Promise<T>): Promise<T> {
  const end = Date.now() + 15_000;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
