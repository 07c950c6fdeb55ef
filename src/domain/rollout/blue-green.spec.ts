import { describe, expect, it } from '@jest/globals';
import { compile, type EvaluationContext } from '@tidegate/sdk/engine';
import {
  after,
  afterPlan,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  withAppliedRoute,
} from '../../../test/support/image.js';
import { draft, fullImage, imageWith, refused } from '../../../test/support/proposals.js';
import { freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import type { Plan } from '../plan.js';
import { toSnapshot } from '../snapshot.js';
import { trip } from '../trip.js';
import { abortRollout } from './abort.js';
import { ownershipErrors } from './ownership.js';
import { promoteRollout } from './promote.js';
import { startRollout } from './start.js';
import { blueGreen } from './templates.js';

const NOW = 1_000_000;
const APPS = ['shop', 'cart'];
const PREVIEW = { header: 'x-preview', value: 'green' };
const input = { rollout: 'go' };
const GO = rolloutOf({
  key: 'go',
  flag: { key: 'checkout', new: 'on', control: 'off' },
  routes: APPS.map((key) => ({ key, new: 'v2', control: 'v1' })),
  steps: [{ mirror: 25, hold: 60 }, ...blueGreen(PREVIEW)],
  guards: ['errors'],
  salt: 'go',
});

const applied = (image: Image): Image =>
  APPS.reduce((standing, key) => withAppliedRoute(standing, key, NOW), image);
const DRAFT = applied(
  imageOf(
    guardOf({ key: 'errors', source: 'events', events: { flag: 'checkout', bad: 'error' }, threshold: 0.1 }),
    flagOf({ key: 'checkout', enabled: false }),
    ...APPS.map((key) => routeOf({ key, salt: 'shared' })),
    GO,
  ),
);

function written(image: Image, plan: Plan): Image {
  return applied(afterPlan(image, plan));
}
const promoted = (image: Image): Image => written(image, promoteRollout(image, input, NOW));

const MIRRORED = written(DRAFT, startRollout(DRAFT, input, NOW));
const PREVIEWED = promoted(MIRRORED);
const SWITCHED = promoted(PREVIEWED);

const COPIES = { version: 'v2', percent: 25 };
const shopIn = ({ documents }: Image) => {
  const route = documents.value('route', 'shop');
  if (route === undefined) throw new Error('no route');
  return route;
};

/** Mirror of each route, and who gets what: a customer, and one who previews. */
function seen(image: Image): unknown {
  const engine = compile(toSnapshot(image));
  const asked = (context: EvaluationContext): string[] => [
    String(engine.evaluate('checkout', context).variant),
    ...APPS.map((key) => engine.evaluateRoute(key, context)?.version ?? ''),
  ];
  return {
    mirrors: APPS.map((key) => image.documents.value('route', key)?.mirror ?? null),
    customer: asked({ targetingKey: 'ann' }),
    previewer: asked({ targetingKey: 'ann', request: { headers: { 'x-preview': 'green' } } }),
  };
}

const OLD = ['off', 'v1', 'v1'];
const NEW = ['on', 'v2', 'v2'];
const NO_MIRRORS = [null, null];

describe('blue/green', () => {
  it.each<[string, Image, object]>([
    [
      'copies requests while everybody stays on control',
      MIRRORED,
      { mirrors: [COPIES, COPIES], customer: OLD, previewer: OLD },
    ],
    [
      'ends the copies, and shows previews the new version',
      PREVIEWED,
      { mirrors: NO_MIRRORS, customer: OLD, previewer: NEW },
    ],
    ['switches everybody at once', SWITCHED, { mirrors: NO_MIRRORS, customer: NEW, previewer: NEW }],
    [
      'completes with nothing left',
      promoted(SWITCHED),
      { mirrors: NO_MIRRORS, customer: NEW, previewer: NEW },
    ],
  ])('%s', (_what, image, expected) => {
    expect(seen(image)).toEqual(expected);
  });

  it.each<[string, Image]>([
    ['copies are made', MIRRORED],
    ['previews are shown', PREVIEWED],
    ['everybody was switched and the old version is kept', SWITCHED],
  ])('returns everybody in one commit when it is aborted or trips while %s', (_what, image) => {
    const { revision } = image.states.get('guard/errors/rollout/go') ?? { revision: 0 };
    const breach = {
      guard: 'errors',
      subject: 'rollout/go',
      record: freshRecord(1, NOW),
      revision,
      evidence: {},
    };
    const tripped = trip(image, breach, NOW);
    const aborted = written(image, abortRollout(image, input, NOW));
    const home = { mirrors: NO_MIRRORS, customer: OLD, previewer: OLD };
    expect([seen(aborted), seen(after(image, tripped as NonNullable<typeof tripped>))]).toEqual([home, home]);
  });

  it('owns the mirrors of its routes until it ends', () => {
    const edit = (image: Image, mirror: typeof COPIES | null) =>
      ownershipErrors(image, [{ kind: 'route', key: 'shop', value: { ...shopIn(image), mirror } }]);
    const owned = [{ code: 'OWNED_BY_ROLLOUT', field: 'mirror' }];
    expect(edit(MIRRORED, null)).toMatchObject(owned);
    expect(edit(SWITCHED, COPIES)).toMatchObject(owned);
    expect(edit(DRAFT, COPIES)).toEqual([]);
    expect(edit(written(SWITCHED, abortRollout(SWITCHED, input, NOW)), COPIES)).toEqual([]);
  });

  it('leaves the mirror of a route alone where none of its steps copies anything', () => {
    const plain = rolloutOf({ ...GO.value, steps: blueGreen(PREVIEW) });
    const image = applied(
      after(DRAFT, {
        edits: [plain, routeOf({ ...shopIn(DRAFT), mirror: COPIES })],
        expected: { 'rollout/go': 1, 'route/shop': 1 },
      }),
    );
    const started = written(image, startRollout(image, input, NOW));
    expect(shopIn(started).mirror).toEqual(COPIES);
    const value = { ...shopIn(started), mirror: null };
    expect(ownershipErrors(started, [{ kind: 'route', key: 'shop', value }])).toEqual([]);
    expect(shopIn(promoted(promoted(started))).mirror).toEqual(COPIES);
  });

  it('does not start over the mirror of a person', () => {
    const edits = [routeOf({ ...shopIn(DRAFT), mirror: COPIES })];
    const image = applied(after(DRAFT, { edits, expected: { 'route/shop': 1 } }));
    expect(startRollout(image, input, NOW).errors).toMatchObject([
      { code: 'ROLLOUT_STATE', field: 'routes.0.key' },
    ]);
  });

  it('waits in each step for a ready new version', () => {
    const empty = withAppliedRoute(MIRRORED, 'cart', NOW, { v1: 1, v2: 0 });
    expect(promoteRollout(empty, input, NOW).errors).toMatchObject([{ code: 'NOT_READY' }]);
    const early = withAppliedRoute(DRAFT, 'cart', NOW, { v1: 1, v2: 0 });
    expect(startRollout(early, input, NOW).errors).toMatchObject([{ code: 'NOT_READY' }]);
  });

  it('begins with a mirror where no preview is named', () => {
    expect(blueGreen(null)).toEqual([
      { mirror: 10, hold: 3_600 },
      { weight: 100_000, hold: 86_400 },
    ]);
  });
});

describe('a step that previews or copies is refused', () => {
  const full = { weight: 100_000, hold: 1 };
  const rollout = (step: object, fields: object = {}) =>
    draft.rollout({ key: 'two', guards: [], steps: [step, full], ...fields });

  it.each<[string, object, object, string[]]>([
    ['for nothing', { preview: PREVIEW, hold: 1 }, {}, []],
    ['for nothing else', { mirror: 100, hold: null }, {}, []],
    [
      'for a preview without routes',
      { preview: PREVIEW, hold: 1 },
      { routes: [] },
      ['INVALID_INPUT at steps.0.preview'],
    ],
    [
      'for copies without routes',
      { mirror: 1, hold: 1 },
      { routes: [] },
      ['INVALID_INPUT at steps.0.mirror'],
    ],
    ['for copies of more than all', { mirror: 101, hold: 1 }, {}, ['INVALID_INPUT at steps.0.mirror']],
    ['for copies of nothing', { mirror: 0, hold: 1 }, {}, ['INVALID_INPUT at steps.0.mirror']],
    ...['x-tg-s', 'x-tg-b', 'x-tg-k', 'host', 'cookie', 'X-Preview', ''].map(
      (header): [string, object, object, string[]] => [
        `for the header "${header}"`,
        { preview: { header, value: 'green' }, hold: 1 },
        {},
        ['INVALID_INPUT at steps.0.preview.header'],
      ],
    ),
    ['for a host that its gateway has', { preview: { hosts: ['r.example.com'] }, hold: 1 }, {}, []],
    [
      'for a host that no gateway of its routes has',
      { preview: { hosts: ['r.example.com', 'x.example.com'] }, hold: 1 },
      {},
      ['DANGLING_REFERENCE at steps.0.preview.hosts.1'],
    ],
    [
      'for a value with a blank',
      { preview: { header: 'x-preview', value: 'a b' }, hold: 1 },
      {},
      ['INVALID_INPUT at steps.0.preview.value'],
    ],
  ])('%s', (_what, step, fields, expected) => {
    const image = imageWith(fullImage());
    expect(refused(image, rollout(step, fields))).toEqual(expected);
  });
});
