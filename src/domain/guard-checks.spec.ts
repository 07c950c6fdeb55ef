import { describe, expect, it } from '@jest/globals';
import {
  type Draft,
  draft,
  fullImage,
  imageWith,
  plan,
  propose,
  refused,
} from '../../test/support/proposals.js';

const FULL = fullImage();

describe('a guard is refused', () => {
  const query = { bad: 'a', total: 'b', arm: { label: 'v', new: 'v2', control: 'v1' } };
  const onFlag = { flag: 'f', new: 'on', control: 'off' };
  const onRoute = { route: 'r', new: 'v2', control: 'v1' };
  const events = { flag: 'f', bad: 'error' };
  const fromEvents = { source: 'events', template: null, events };
  const webhook = { url: 'https://counts.example.com/', secretRef: 'env:COUNTS' };
  const fromWebhook = { source: 'webhook', template: null, webhook };
  it.each<[string, object, string]>([
    ['neither margin nor threshold', { margin: null }, 'INVALID_INPUT at margin'],
    ['a query beside its template', { query }, 'INVALID_INPUT at template'],
    ['neither query nor template', { template: null }, 'INVALID_INPUT at query'],
    [
      'a server of Prometheus on pushed metrics',
      { source: 'otlp', template: 'httpServer', server: 'a' },
      'INVALID_INPUT at server',
    ],
    ['a server that is no name', { server: 'a b' }, 'INVALID_KEY at server'],
    ['events on Prometheus', { events }, 'INVALID_INPUT at events'],
    ['a template on events', { ...fromEvents, template: 'istio' }, 'INVALID_INPUT at template'],
    ['a template of Envoy on pushed metrics', { source: 'otlp' }, 'INVALID_INPUT at template'],
    ['times of NGINX', { template: 'nginxGateway', kind: 'latency' }, 'INVALID_INPUT at template'],
    [
      'a pattern on pushed metrics that RE2 does not know',
      { source: 'otlp', template: null, query: { ...query, bad: 'a{code=~"(?=5)"}' } },
      'INVALID_INPUT at query.bad',
    ],
    ['a webhook on Prometheus', { webhook }, 'INVALID_INPUT at webhook'],
    ['no webhook on a webhook', { ...fromWebhook, webhook: null }, 'INVALID_INPUT at webhook'],
    ['a query on a webhook', { ...fromWebhook, query }, 'INVALID_INPUT at query'],
    ['a template on a webhook', { ...fromWebhook, template: 'istio' }, 'INVALID_INPUT at template'],
    ['events on a webhook', { ...fromWebhook, events }, 'INVALID_INPUT at events'],
    [
      'a webhook at a metadata service',
      { ...fromWebhook, webhook: { ...webhook, url: 'http://169.254.169.254/' } },
      'INVALID_INPUT at webhook.url',
    ],
    [
      'a secret in place of its name',
      { ...fromWebhook, webhook: { ...webhook, secretRef: 'hunter2' } },
      'INVALID_INPUT at webhook.secretRef',
    ],
    ['no events on events', { ...fromEvents, events: null }, 'INVALID_INPUT at events'],
    [
      'events that are held against themselves',
      { ...fromEvents, events: { flag: 'f', bad: 'exposures' } },
      'INVALID_INPUT at events.bad',
    ],
    [
      'events of no flag',
      { ...fromEvents, events: { flag: 'gone', bad: 'error' } },
      'DANGLING_REFERENCE at events.flag',
    ],
    ['a template on a flag', { target: onFlag }, 'GUARD_NEEDS_ROUTE at template'],
    ['events on a route', { ...fromEvents, target: onRoute }, 'GUARD_NEEDS_FLAG at target.route'],
    ['restore by itself', { target: onRoute, action: 'restore' }, 'GUARD_ACTION at action'],
    ['a pause by itself when blind', { target: onRoute, whenBlind: 'pause' }, 'GUARD_ACTION at whenBlind'],
    ['more blind than seeing', { action: 'tell', whenBlind: 'disable' }, 'GUARD_ACTION at whenBlind'],
    ['no patience at all', { patience: 0 }, 'INVALID_INPUT at patience'],
    ['one arm against itself', { target: { ...onRoute, new: 'v1' } }, 'SAME_ARMS at target.new'],
    [
      'a target that is not there',
      { target: { ...onRoute, route: 'gone' } },
      'DANGLING_REFERENCE at target.route',
    ],
    [
      'a version that is not there',
      { target: { ...onRoute, new: 'v9' } },
      'DANGLING_REFERENCE at target.route',
    ],
    ['a margin below 1', { margin: 0.5 }, 'INVALID_INPUT at margin'],
    ['a margin of 0', { margin: 0 }, 'INVALID_INPUT at margin'],
    ['latency without margin', { kind: 'latency', margin: null }, 'INVALID_INPUT at margin'],
    ['latency with a threshold', { kind: 'latency', threshold: 0.1 }, 'INVALID_INPUT at threshold'],
    [
      'latency without bounds',
      { kind: 'latency', latency: { bounds: [] } },
      'INVALID_INPUT at latency.bounds',
    ],
    ['a drop that allows more', { kind: 'drop' }, 'INVALID_INPUT at margin'],
    [
      'a mean that may not fall and allows more',
      { kind: 'mean', mean: { worse: 'lower' } },
      'INVALID_INPUT at margin',
    ],
    ['a mean that may not rise and allows less', { kind: 'mean', margin: 0.9 }, 'INVALID_INPUT at margin'],
    ['a drop by a template', { kind: 'drop', margin: 0.9 }, 'INVALID_INPUT at template'],
    ['a burn rate without its settings', { kind: 'burn', margin: null }, 'INVALID_INPUT at burn'],
    [
      'a burn rate of spans that are the wrong way round',
      { kind: 'burn', margin: null, burn: { slo: 0.99, pairs: [{ long: 60, short: 300, rate: 2 }] } },
      'INVALID_INPUT at burn.pairs.0.short',
    ],
    ['a promise of 100 %', { kind: 'burn', margin: null, burn: { slo: 1 } }, 'INVALID_INPUT at burn.slo'],
    [
      'more bad checks than checks',
      { kind: 'kOfN', margin: null, threshold: 0.1, kOfN: { k: 3, of: 2 } },
      'INVALID_INPUT at kOfN.k',
    ],
    [
      'checks without threshold',
      { kind: 'kOfN', margin: null, kOfN: { k: 1, of: 2 } },
      'INVALID_INPUT at threshold',
    ],
    ['an alpha of 0', { alpha: 0 }, 'INVALID_INPUT at alpha'],
    ['an alpha of 1', { alpha: 1 }, 'INVALID_INPUT at alpha'],
    ['a threshold of 0', { margin: null, threshold: 0 }, 'INVALID_INPUT at threshold'],
    ['a threshold of 1', { margin: null, threshold: 1 }, 'INVALID_INPUT at threshold'],
    ['a phi below 1', { phi: 0.5 }, 'INVALID_INPUT at phi'],
    ['a topline without its promise', { kind: 'topline', margin: null }, 'INVALID_INPUT at topline'],
    [
      'a topline that closes one arm',
      { kind: 'topline', margin: null, topline: { slo: 0.99 }, action: 'restore' },
      'GUARD_ACTION at action',
    ],
    [
      'a topline by itself',
      { kind: 'topline', margin: null, topline: { slo: 0.99 }, target: onRoute },
      'INVALID_INPUT at target',
    ],
    ['settings of another kind', { burn: { slo: 0.99 } }, 'INVALID_INPUT at burn'],
    [
      'a selector of another kind',
      { template: null, query: { ...query, buckets: 'c' } },
      'INVALID_INPUT at query.buckets',
    ],
    [
      'a query of one arm against itself',
      { template: null, query: { ...query, arm: { ...query.arm, new: 'v1' } } },
      'SAME_ARMS at query.arm',
    ],
    [
      'a query in which all are bad',
      { template: null, query: { ...query, bad: 'b' } },
      'INVALID_INPUT at query.bad',
    ],
    ...['bad', 'total'].map((name): [string, object, string] => [
      `a selector of one arm in ${name}`,
      { template: null, query: { ...query, [name]: 'c{v="v2"}' } },
      `INVALID_INPUT at query.${name}`,
    ]),
    [
      'a query without one of its selectors',
      { template: null, query: { ...query, total: undefined } },
      'INVALID_INPUT at query.total',
    ],
  ])('for %s', (_, fields, expected) => {
    expect(refused(FULL, draft.guard({ key: 'new', ...fields }))).toContain(expected);
  });

  it('only where its events are shares: a mean of the values of an event may name that as the total too', () => {
    const ofOrders = { ...fromEvents, kind: 'mean', events: { flag: 'f', bad: 'order', total: 'order' } };
    expect(refused(FULL, draft.guard({ key: 'new', ...ofOrders }))).toEqual([]);
  });

  it('for an edit that makes it unfit for a rollout that names it', () => {
    expect(refused(FULL, draft.guard({ target: onRoute }), 'update')).toEqual(['INVALID_INPUT at target']);
  });
});

describe('a rollout is refused', () => {
  const fresh = { key: 'new' };
  /** A segment of so many groups. */
  const crowd = (key: string, size: number): Draft => {
    const value = Array.from({ length: size }, (_, index) => `${key}${index}`);
    return draft.segment({ key, rules: [{ attribute: ['verified', 'groups'], operator: 'in', value }] });
  };
  it.each<[string, object, string]>([
    ['nothing to move', { flag: null, routes: [] }, 'INVALID_INPUT at flag'],
    ['one arm against itself', { flag: { key: 'f', new: 'on', control: 'on' } }, 'SAME_ARMS at flag.new'],
    [
      'a last step that is not full',
      { steps: [{ weight: 50_000, hold: 1 }] },
      'LAST_STEP_NOT_FULL at steps.0',
    ],
    [
      'a share that falls',
      {
        steps: [
          { weight: 500, hold: 1 },
          { weight: 10, hold: 1 },
          { weight: 100_000, hold: 1 },
        ],
      },
      'INVALID_INPUT at steps.1.weight',
    ],
    [
      'a share that a route can’t hold',
      {
        steps: [
          { weight: 5, hold: 1 },
          { weight: 100_000, hold: 1 },
        ],
      },
      'INVALID_INPUT at steps.0.weight',
    ],
    [
      'an unknown field of a step',
      { steps: [{ weight: 100_000, hold: 1, gate: true }] },
      'INVALID_INPUT at steps.0.gate',
    ],
    [
      'an audience that is not there',
      {
        steps: [
          { audience: 'gone', hold: 1 },
          { weight: 100_000, hold: 1 },
        ],
      },
      'DANGLING_REFERENCE at steps.0.audience',
    ],
    ['a guard that is not there', { guards: ['gone'] }, 'DANGLING_REFERENCE at guards.0'],
    [
      'a variant that is not there',
      { flag: { key: 'f', new: 'blue', control: 'off' } },
      'DANGLING_REFERENCE at flag.key',
    ],
    ['a template without a route', { routes: [] }, 'GUARD_NEEDS_ROUTE at guards.0'],
  ])('for %s', (_, fields, expected) => {
    expect(refused(FULL, draft.rollout({ ...fresh, ...fields }))).toContain(expected);
  });

  it('for an audience that its gateways can’t ask for', () => {
    const image = imageWith(FULL, draft.segment({ key: 'listed', included: ['u'] }));
    const steps = [
      { audience: 'listed', hold: 1 },
      { weight: 100_000, hold: 1 },
    ];
    expect(refused(image, draft.rollout({ ...fresh, steps }))).toEqual([
      'NOT_EXPRESSIBLE at steps.0.audience',
    ]);
    expect(refused(image, draft.rollout({ ...fresh, steps, routes: [], guards: [] }))).toEqual([]);
  });

  it('for audiences that its gateways can ask for one by one but not together', () => {
    const image = imageWith(FULL, ...['a', 'b'].map((key) => crowd(key, 40)));
    const steps = [
      { audience: 'a', hold: 1 },
      { audience: 's', hold: 1 },
      { audience: 'b', hold: 1 },
      { weight: 100_000, hold: 1 },
    ];
    const { errors } = plan(image, [propose(draft.rollout({ ...fresh, steps }))]);
    expect(errors).toMatchObject([{ code: 'NOT_EXPRESSIBLE', field: 'steps.2.audience' }]);
    expect(errors[0]?.message).toContain('with those of earlier steps');
    expect(refused(image, draft.rollout({ ...fresh, steps: steps.slice(1) }))).toEqual([]);
    expect(refused(image, draft.rollout({ ...fresh, steps, routes: [], guards: [] }))).toEqual([]);
  });

  it('so that no audience grows, and no gateway is added, until they can’t be asked for together', () => {
    const [a, b] = [crowd('a', 40), crowd('b', 20)];
    const steps = [
      { audience: 'a', hold: 1 },
      { audience: 'b', hold: 1 },
      { weight: 100_000, hold: 1 },
    ];
    const image = imageWith(FULL, a, b, draft.rollout({ ...fresh, steps }));
    const { errors } = plan(image, [propose(crowd('b', 40), 'update')]);
    expect(errors).toMatchObject([{ code: 'NOT_EXPRESSIBLE', field: 'rules' }]);
    expect(errors[0]?.message).toContain('Route "r" needs this segment');
    const inside = imageWith(
      FULL,
      draft.route({ gateways: [] }),
      a,
      crowd('b', 40),
      draft.rollout({ ...fresh, steps }),
    );
    expect(refused(inside, draft.route(), 'update')).toEqual(['NOT_EXPRESSIBLE at gateways']);
  });

  it('for events where it moves no flag', () => {
    const image = imageWith(
      FULL,
      draft.guard({ key: 'e', source: 'events', template: null, events: { flag: 'f', bad: 'error' } }),
    );
    expect(refused(image, draft.rollout({ ...fresh, flag: null, guards: ['e'] }))).toEqual([
      'GUARD_NEEDS_FLAG at guards.0',
    ]);
  });
});
