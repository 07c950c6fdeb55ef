import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lookOf, settled, templateOf, withRollout, workloadOf } from '../../../test/support/discovery.js';
import type { Look } from './look.js';
import { noticed } from './noticed.js';
import type { VersionTemplate } from './version-template.js';
import { NEWER } from './version-template.js';

const V1 = workloadOf('v1');
const V3 = workloadOf('v3');
const V4 = workloadOf('v4');
const V5 = workloadOf('v5');

const stateOf = ({ record }: Pick<Look, 'record'>, label: string): string | undefined =>
  record?.seen.find((one) => one.label === label)?.state;

describe('a new version of a route', () => {
  it('gets a rollout of its own, which is then started', () => {
    const { acts, look } = settled(lookOf({ workloads: [V1, V3] }));
    expect(acts).toEqual(['draft checkout-v3', 'start checkout-v3']);
    expect(stateOf(look, 'v3')).toBe('started');
  });

  it('is only drafted where a person is to start it', () => {
    const { acts, look } = settled(lookOf({ workloads: [V1, V3], template: templateOf({ start: 'draft' }) }));
    expect(acts).toEqual(['draft checkout-v3']);
    expect(stateOf(look, 'v3')).toBe('drafted');
    expect(settled(withRollout(look, 'checkout-v3', 'running')).look.record?.seen.at(-1)?.state).toBe(
      'started',
    );
  });

  it.each<[string, Partial<Look>, string]>([
    ['is scaled to zero', { workloads: [V1, workloadOf('v3', { desired: 0 })] }, ''],
    ['is being deleted', { workloads: [V1, workloadOf('v3', { deleting: true })] }, ''],
    ['has no version label', { workloads: [V1, workloadOf('v3', { labels: { app: 'checkout' } })] }, ''],
    ['is known since the first look', { workloads: [V1, V3], record: null }, ''],
    ['has no template', { workloads: [V1, V3], template: null }, ''],
    ['has nothing to be compared with', { workloads: [V3] }, 'nobody runs v1'],
    [
      'comes while the route is closed',
      { workloads: [V1, V3], route: { ...lookOf().route, closed: 'v1' } },
      'the route is closed to v1',
    ],
  ])('gets none where it %s', (_, more, waiting) => {
    const { acts, last } = settled(lookOf(more));
    expect(acts).toEqual([]);
    expect(last.record.waiting).toContain(waiting);
  });

  it.each<[string, string]>([
    ['---', 'No name of a version can be made'],
    ['V1', 'has a version "v1" already'],
  ])('whose label is %j is refused, with the reason', (label, because) => {
    const { acts, last } = settled(lookOf({ workloads: [V1, workloadOf(label)] }));
    expect(acts).toEqual([]);
    expect(last.record.seen.at(-1)).toMatchObject({
      state: 'refused',
      because: expect.stringContaining(because),
    });
  });

  it('is refused where somebody else has a rollout of that name', () => {
    const theirs = { key: 'checkout-v3', state: 'draft', new: 'v2', control: 'v1' } as const;
    const { acts, look } = settled(lookOf({ workloads: [V1, V3], rollouts: [theirs] }));
    expect(acts).toEqual([]);
    expect(stateOf(look, 'v3')).toBe('refused');
  });

  it('that goes before its turn is forgotten, and is new when it comes back', () => {
    const { look } = settled(lookOf({ workloads: [V3] }));
    const gone = settled({ ...look, workloads: [V1] });
    expect(stateOf(gone.look, 'v3')).toBeUndefined();
    expect(settled({ ...gone.look, workloads: [V1, V3] }).acts).toContain('start checkout-v3');
  });

  it.each(['aborted', 'completed'] as const)(
    'never begins again by itself once its rollout is %s',
    (state) => {
      const { look } = settled(lookOf({ workloads: [V1, V3] }));
      const ended = settled(withRollout(look, 'checkout-v3', state)).look;
      const without = settled({ ...ended, workloads: [V1] }).look;
      expect(settled({ ...without, workloads: [V1, V3] }).acts).toEqual([]);
      expect(settled({ ...without, rollouts: [], workloads: [V1, V3] }).acts).toEqual([]);
    },
  );

  it('is not begun again where a person has deleted the draft', () => {
    const drafted = settled(lookOf({ workloads: [V1, V3], template: templateOf({ start: 'draft' }) })).look;
    const { acts, look } = settled({ ...drafted, rollouts: [], template: templateOf() });
    expect(acts).toEqual([]);
    expect(stateOf(look, 'v3')).toBe('known');
  });

  it('is drafted anew where the route has got another default before it began', () => {
    const drafted = settled(lookOf({ workloads: [V1, V3], template: templateOf({ start: 'draft' }) })).look;
    const route = {
      ...drafted.route,
      default: 'v2',
      versions: { ...drafted.route.versions, v2: { version: 'v2' } },
    };
    const moved = { ...drafted, route, workloads: [V1, workloadOf('v2'), V3], template: templateOf() };
    expect(settled(moved).acts).toEqual(['draft checkout-v3', 'start checkout-v3']);
  });
});

describe('a newer version during a rollout', () => {
  const running = (newer: VersionTemplate['newer']): Look =>
    settled(lookOf({ workloads: [V1, V3], template: templateOf({ newer }) })).look;

  it.each<[VersionTemplate['newer'], string[], string]>([
    ['restart', ['abort checkout-v3', 'draft checkout-v5', 'start checkout-v5'], ''],
    ['queue', [], 'Version v4 waits for rollout "checkout-v3", which is running.'],
    ['latest', [], 'Version v5 waits for rollout "checkout-v3", which is running.'],
  ])('under %s comes to %j', (newer, acts, waiting) => {
    const found = settled({ ...running(newer), workloads: [V1, V3, V4, V5] });
    expect(found.acts).toEqual(acts);
    expect(found.last.record.waiting).toBe(waiting);
  });

  it.each<[VersionTemplate['newer'], string[], string | undefined]>([
    ['queue', ['draft checkout-v4', 'start checkout-v4'], 'waiting'],
    ['latest', ['draft checkout-v5', 'start checkout-v5'], 'started'],
  ])('under %s has its turn once that has ended', (newer, acts, v5) => {
    const { look } = settled({ ...running(newer), workloads: [V1, V3, V4, V5] });
    for (const state of ['aborted', 'completed'] as const) {
      const found = settled(withRollout(look, 'checkout-v3', state));
      expect(found.acts).toEqual(acts);
      expect(stateOf(found.look, 'v5')).toBe(v5);
    }
  });

  it('is compared with the version that is the default then', () => {
    const { look } = settled({ ...running('queue'), workloads: [V1, V3, V4] });
    const { act } = noticed(withRollout(look, 'checkout-v3', 'completed'));
    expect(act).toMatchObject({ act: 'draft', control: 'v3' });
  });

  it('aborts nothing that a person has paused or made', () => {
    const paused = withRollout(running('restart'), 'checkout-v3', 'paused');
    expect(settled({ ...paused, workloads: [V1, V3, V4] }).acts).toEqual([]);
    const theirs = { key: 'by-hand', state: 'running', new: 'v2', control: 'v1' } as const;
    const template = templateOf({ newer: 'restart' });
    expect(settled(lookOf({ workloads: [V1, V3], rollouts: [theirs], template })).acts).toEqual([]);
  });
});

describe('the end of a rollout', () => {
  it.each<[number | null, object[]]>([
    [null, []],
    [60, [{ version: 'v1', at: 1_060_000, rollout: 'checkout-v3' }]],
  ])('with %p s to keep the old version notes %j', (scaleDownAfter, retiring) => {
    const { look } = settled(lookOf({ workloads: [V1, V3], template: templateOf({ scaleDownAfter }) }));
    const { record } = settled(withRollout(look, 'checkout-v3', 'completed')).look;
    expect(record?.retiring).toEqual(retiring);
    expect(stateOf({ record }, 'v3')).toBe('done');
  });

  it('notes nothing where the rollout was aborted', () => {
    const { look } = settled(lookOf({ workloads: [V1, V3], template: templateOf({ scaleDownAfter: 0 }) }));
    expect(settled(withRollout(look, 'checkout-v3', 'aborted')).look.record?.retiring).toEqual([]);
  });
});

describe('whatever comes and goes', () => {
  const labels = ['v1', 'v2', 'v3', 'v4'];
  const event = fc.record({
    there: fc.subarray(labels),
    end: fc.constantFrom('aborted' as const, 'completed' as const, 'paused' as const, null),
  });

  it('starts each version at most once, one at a time, and settles', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), fc.constantFrom(...NEWER), (events, newer) => {
        const started: string[] = [];
        let look = lookOf({ template: templateOf({ newer, scaleDownAfter: 0 }) });
        for (const { there, end } of events) {
          const active = look.rollouts.find(({ state }) => state === 'running');
          if (active !== undefined && end !== null) look = withRollout(look, active.key, end);
          const next = settled({ ...look, workloads: there.map((label) => workloadOf(label)) });
          started.push(...next.acts.filter((act) => act.startsWith('start')));
          look = next.look;
          const unfinished = look.rollouts.filter(({ state }) => state === 'running' || state === 'paused');
          expect(unfinished.length).toBeLessThanOrEqual(1);
          expect(noticed(look)).toMatchObject({ act: null, record: look.record });
        }
        expect(new Set(started).size).toBe(started.length);
      }),
    );
  });
});
