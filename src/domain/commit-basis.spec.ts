import { describe, expect, it } from '@jest/globals';
import {
  after,
  commitIn,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  segmentOf,
  withState,
} from '../../test/support/image.js';
import { plan } from '../../test/support/proposals.js';
import type { Edit } from './documents.js';
import type { GuardInput } from './guard.js';
import { freshRecord } from './guard/record.js';
import type { Image } from './image.js';
import type { Plan } from './plan.js';
import type { PlannedCommit } from './rollout/act.js';
import { keptRecord } from './rollout/latches.js';
import { startRollout } from './rollout/start.js';
import { trip } from './trip.js';

const NOW = 5_000;
const STALE = /^stale /;

const guard = (target: GuardInput['target']): Edit =>
  guardOf({
    key: 'g',
    source: 'prometheus',
    query: { bad: 'bad', total: 'total', arm: { label: 'v', new: 'v2', control: 'v1' } },
    threshold: 0.1,
    target,
  });
const SHOP = { route: 'shop', new: 'v2', control: 'v1' };
const rollout = rolloutOf({
  key: 'go',
  flag: { key: 'checkout', new: 'on', control: 'off' },
  steps: [{ weight: 100_000, hold: 60 }],
  salt: 'go',
});

/** What a person's edit of what stands comes to; `fields` null deletes. */
function edited(
  image: Image,
  kind: 'flag' | 'route' | 'rollout' | 'segment',
  key: string,
  fields: object | null,
): Plan {
  const value = fields && { ...image.documents.value(kind, key), ...fields };
  return plan(image, [{ kind, key, value, mode: fields ? 'update' : 'delete', field: '' }], { now: NOW });
}

/** The trip of the guard that stands alone, as decided on this image. */
function tripOf(image: Image, subject: string): PlannedCommit {
  const { record, revision } = keptRecord(image, 'g', subject);
  const breach = { guard: 'g', subject, record: record ?? freshRecord(0, NOW), revision, evidence: {} };
  const commit = trip(image, breach, NOW);
  if (commit === null) throw new Error('nothing to trip');
  return commit;
}

describe('an edit of a rollout that was not started', () => {
  const image = imageOf(flagOf({ key: 'checkout' }), flagOf({ key: 'other' }), rollout);

  it.each<[string, object | null]>([
    ['its deletion', null],
    ['another flag', { flag: { key: 'other', new: 'on', control: 'off' } }],
    ['other steps', { steps: [{ weight: 100_000, hold: 0 }] }],
  ])('is stale once somebody started it: %s', (_, fields) => {
    const planned = commitIn(edited(image, 'rollout', 'go', fields));
    const started = after(image, commitIn(startRollout(image, { rollout: 'go' }, NOW)));
    expect(() => after(started, planned)).toThrow(STALE);
  });
});

describe('a trip of what is off or closed already', () => {
  const off = imageOf(
    flagOf({ key: 'checkout', enabled: false }),
    guard({ flag: 'checkout', new: 'on', control: 'off' }),
  );
  const closed = imageOf(routeOf({ key: 'shop', closed: 'v1' }), guard(SHOP));

  it('is stale once the flag was enabled', () => {
    const planned = tripOf(off, 'flag/checkout');
    expect(planned.edits).toEqual([]);
    const enabled = after(off, commitIn(edited(off, 'flag', 'checkout', { enabled: true })));
    expect(() => after(enabled, planned)).toThrow(STALE);
  });

  it('is stale once the route was opened', () => {
    const planned = tripOf(closed, 'route/shop');
    expect(planned.edits).toEqual([]);
    const opened = after(closed, commitIn(edited(closed, 'route', 'shop', { closed: null })));
    expect(() => after(opened, planned)).toThrow(STALE);
  });

  it.each<[string, Image, string, (image: Image) => Plan]>([
    ['enabling the flag', off, 'flag/checkout', (i) => edited(i, 'flag', 'checkout', { enabled: true })],
    ['opening the route', closed, 'route/shop', (i) => edited(i, 'route', 'shop', { closed: null })],
    ['closing it elsewhere', closed, 'route/shop', (i) => edited(i, 'route', 'shop', { closed: 'v2' })],
  ])('makes what was decided before it stale: %s', (_, image, subject, decide) => {
    const planned = commitIn(decide(image));
    expect(() => after(after(image, tripOf(image, subject)), planned)).toThrow(STALE);
  });

  it('makes a start that was decided before it stale, for that enables the flag', () => {
    const image = imageOf(
      flagOf({ key: 'checkout', enabled: false }),
      guard({ flag: 'checkout', new: 'on', control: 'off' }),
      rollout,
    );
    const planned = commitIn(startRollout(image, { rollout: 'go' }, NOW));
    expect(() => after(after(image, tripOf(image, 'flag/checkout')), planned)).toThrow(STALE);
  });
});

describe('an edit of a segment', () => {
  const image = imageOf(segmentOf({ key: 's' }));
  const edit = (fields: object): PlannedCommit => commitIn(edited(image, 'segment', 's', fields));

  it('rests on nobody naming it meanwhile where it has other members, and on nothing else otherwise', () => {
    const rules = [{ attribute: ['verified', 'groups'], operator: 'in', value: ['a', 'b'] }];
    expect(edit({ rules }).asOf).toBe(image.revision);
    expect(edit({ excluded: ['u'] }).asOf).toBe(image.revision);
    expect(edit({ description: 'x' }).asOf).toBeUndefined();
  });
});

describe('a kill', () => {
  it('rests on nothing but the document that it writes', () => {
    const image = withState(
      imageOf(flagOf({ key: 'checkout' }), routeOf({ key: 'shop' }), rollout),
      'guard/g/route/shop',
      freshRecord(0, NOW),
    );
    expect(commitIn(edited(image, 'flag', 'checkout', { enabled: false })).asOf).toBeUndefined();
    expect(commitIn(edited(image, 'route', 'shop', { closed: 'v1' })).asOf).toBeUndefined();
  });
});
