import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { after, afterPlan, flagOf, guardOf, imageOf, rolloutOf } from '../../../test/support/image.js';
import type { Image } from '../image.js';
import type { Plan } from '../plan.js';
import { startRollout } from '../rollout/start.js';
import { type Applying, applyScheduled, dueSchedules, outlivedSchedules } from './apply-scheduled.js';
import { planCancel, planReschedule, planSchedule, type ScheduleRequest } from './plan-schedule.js';
import { type ScheduledEdit, scheduleOf, type StoredSchedule } from './scheduled-change.js';

const NOON = Date.parse('2030-01-31T12:00:00Z');
const MINUTE = 60_000;
const iso = (time: number): string => new Date(time).toISOString();
const off: ScheduledEdit = { kind: 'flag', key: 'f', set: { enabled: false } };
const QUERY = { bad: 'bad', total: 'all', arm: { label: 'version', new: 'v2', control: 'v1' } };
const base = imageOf(flagOf({ key: 'f' }), flagOf({ key: 'g' }));

const ask = (fields: Partial<ScheduleRequest> = {}): ScheduleRequest => ({
  key: 'later',
  changes: [off],
  applyAt: iso(NOON + MINUTE),
  reason: 'End of sale',
  by: 'me',
  byMadeAt: '2029-01-01T00:00:00.000Z',
  ...fields,
});
const plan = (image: Image, fields: Partial<ScheduleRequest> = {}): Plan =>
  planSchedule(image, ask(fields), { now: NOON, actor: 'token:me' });
const told = ({ errors }: Plan): string[] => errors.map(({ code, field }) => `${code} at ${field}`);

const scheduled = (image: Image, fields: Partial<ScheduleRequest> = {}): Image =>
  afterPlan(image, plan(image, fields));

function apply(image: Image, now: number, applying: Partial<Applying> = {}): Image {
  const due = scheduleOf(image, 'later') as StoredSchedule;
  return after(image, applyScheduled(image, due, { now, refusal: null, others: [], ...applying }));
}

const ending = (image: Image): unknown => {
  const { status, revision, errors = [] } = scheduleOf(image, 'later')?.change ?? {};
  return [status, revision, errors.map(({ code }) => code)];
};

describe('planSchedule', () => {
  it('keeps the edits as state, writes no document, and is told in the log', () => {
    const { commit } = plan(base);
    expect(commit?.edits).toEqual([]);
    expect(commit?.event).toMatchObject({
      kind: 'schedule',
      subject: 'flag/f',
      evidence: { scheduled: 'later' },
    });
    expect(scheduleOf(scheduled(base), 'later')?.change).toMatchObject({
      status: 'pending',
      applyAt: NOON + MINUTE,
      within: 3_600,
      by: 'me',
    });
  });

  it.each<[string, Partial<ScheduleRequest>, string[]]>([
    ['a time that is over', { applyAt: iso(NOON) }, ['INVALID_INPUT at applyAt']],
    ['a time in two years', { applyAt: '2032-01-31T12:00:00Z' }, ['INVALID_INPUT at applyAt']],
    ['a time without offset', { applyAt: '2030-01-31T13:00:00' }, ['INVALID_INPUT at applyAt']],
    ['no time', { applyAt: 'soon' }, ['INVALID_INPUT at applyAt']],
    ['a month that is none', { applyAt: '2030-13-31T13:00:00Z' }, ['INVALID_INPUT at applyAt']],
    ['no patience at all', { within: 0 }, ['INVALID_INPUT at within']],
    ['nothing to do', { changes: [] }, ['INVALID_INPUT at changes']],
    [
      'neither value nor set',
      { changes: [{ kind: 'flag', key: 'f' }] },
      ['INVALID_INPUT at changes.0.value'],
    ],
    ['both', { changes: [{ ...off, value: null }] }, ['INVALID_INPUT at changes.0.value']],
    ['too much', { changes: Array.from({ length: 101 }, () => off) }, ['TOO_LARGE at changes']],
    ['a key that is none', { key: 'a b' }, ['INVALID_KEY at key']],
    ['what is not there', { changes: [{ ...off, key: 'x' }] }, ['NOT_FOUND at changes.0.set.key']],
    [
      'what no flag has',
      { changes: [{ ...off, set: { colour: 1 } }] },
      ['INVALID_INPUT at changes.0.set.colour'],
    ],
    [
      'another revision than stands',
      { changes: [{ ...off, expectedRevision: 9 }] },
      ['STALE_REVISION at changes.0.set.expectedRevision'],
    ],
  ])('refuses %s', (_, fields, codes) => {
    expect(told(plan(base, fields))).toEqual(codes);
  });

  it('refuses a key that is in use, and more than 500 that are pending', () => {
    expect(told(plan(scheduled(base)))).toEqual(['DUPLICATE_KEY at key']);
    let image = base;
    for (let count = 0; count < 500; count += 1) image = scheduled(image, { key: `k${count}` });
    expect(told(plan(image))).toEqual(['TOO_LARGE at key']);
  });
});

describe('a scheduled change that is pending', () => {
  it('can be edited, and then belongs to whoever did', () => {
    const request = { key: 'later', within: 5, reason: 'Sooner', by: 'you', byMadeAt: '2029' };
    const image = afterPlan(
      scheduled(base),
      planReschedule(scheduled(base), request, { now: NOON, actor: 'token:you' }),
    );
    expect(scheduleOf(image, 'later')?.change).toMatchObject({
      within: 5,
      by: 'you',
      applyAt: NOON + MINUTE,
      changes: [off],
    });
  });

  it('can be cancelled, once, and is not due then', () => {
    const image = afterPlan(scheduled(base), planCancel(scheduled(base), 'later', NOON));
    expect(ending(image)).toEqual(['cancelled', null, []]);
    expect(dueSchedules(image, NOON + MINUTE)).toEqual([]);
    expect(told(planCancel(image, 'later', NOON))).toEqual(['NOT_PENDING at key']);
    expect(told(planReschedule(image, ask(), { now: NOON, actor: 'a' }))).toEqual(['NOT_PENDING at key']);
    expect(told(planCancel(base, 'later', NOON))).toEqual(['NOT_FOUND at key']);
  });
});

describe('applyScheduled', () => {
  it('sets what was scheduled and leaves what was edited meanwhile', () => {
    const edited = after(scheduled(base), {
      edits: [flagOf({ key: 'f', owner: 'since' })],
      expected: { 'flag/f': 1 },
    });
    const image = apply(edited, NOON + MINUTE);
    expect(image.documents.value('flag', 'f')).toMatchObject({ enabled: false, owner: 'since' });
    expect(ending(image)).toEqual(['applied', image.revision, []]);
  });

  it('keeps what there was to say of what it applied, here that a guard has no source', () => {
    const guard = { source: 'prometheus', query: QUERY, margin: 2 };
    const changes: ScheduledEdit[] = [{ kind: 'guard', key: 'errors', value: guard }];
    const setup = { servers: [], webhooks: [], loopback: [], hasSecret: () => true };
    const foreseen = planSchedule(base, ask({ changes }), { now: NOON, actor: 'token:me', setup });
    const warnings = [{ code: 'SOURCE_NOT_SET_UP', field: 'changes.0.value.source' }];
    expect(foreseen.warnings).toMatchObject(warnings);
    const kept = (applying: Partial<Applying>): unknown =>
      scheduleOf(apply(afterPlan(base, foreseen), NOON + MINUTE, applying), 'later')?.change.warnings;
    expect(kept({ setup })).toMatchObject(warnings);
    expect(kept({ setup: { ...setup, servers: [null] } })).toBeUndefined();
  });

  it('is refused by the store the second time: the state is not what was read', () => {
    const image = scheduled(base);
    const due = scheduleOf(image, 'later') as StoredSchedule;
    const commit = applyScheduled(image, due, { now: NOON + MINUTE, refusal: null, others: [] });
    const once = after(image, commit);
    expect(() => after({ ...once, revision: image.revision, documents: image.documents }, commit)).toThrow(
      'stale',
    );
  });

  it('tells of it though nothing was left to do', () => {
    const image = scheduled(base, { changes: [{ ...off, set: { enabled: true } }] });
    const applied = apply(image, NOON + MINUTE);
    expect(applied.revision).toBe(image.revision + 1);
    expect(ending(applied)).toEqual(['applied', applied.revision, []]);
  });

  it('ends the rollout that a scheduled kill meets', () => {
    const rollout = rolloutOf({
      key: 'roll',
      flag: { key: 'f', new: 'on', control: 'off' },
      steps: [{ weight: 100_000, hold: 60 }],
      salt: 'roll',
    });
    const planned = scheduled(imageOf(flagOf({ key: 'f' }), rollout));
    const running = afterPlan(planned, startRollout(planned, { rollout: 'roll' }, NOON));
    const image = apply(running, NOON + MINUTE);
    expect(image.documents.value('flag', 'f')).toMatchObject({ enabled: false, rules: [] });
    expect(image.states.get('rollout/roll')?.value).toMatchObject({ state: 'aborted' });
    expect(ending(image)).toEqual(['applied', image.revision, []]);
  });

  const guard = guardOf({
    key: 'gu',
    source: 'events',
    events: { flag: 'f', bad: 'failed' },
    margin: 2,
    target: { flag: 'f', new: 'on', control: 'off' },
  });
  const latch = { key: 'guard/gu/flag/f', revision: 1, value: { trip: { at: 1, evidence: {} } } };
  const on: ScheduledEdit = { kind: 'flag', key: 'f', set: { enabled: true } };
  const disabled = scheduled(imageOf(flagOf({ key: 'f', enabled: false }), guard), { changes: [on] });
  const late = 3_600_001;

  it.each<[string, Image, number, Partial<Applying>, string, string[]]>([
    [
      'a guard has tripped since',
      { ...disabled, states: new Map([...disabled.states, [latch.key, latch]]) },
      0,
      {},
      'failed',
      ['GUARD_TRIPPED'],
    ],
    [
      'the document is another one than was expected',
      after(scheduled(base, { changes: [{ ...off, expectedRevision: 1 }] }), {
        edits: [flagOf({ key: 'f', owner: 'since' })],
        expected: { 'flag/f': 1 },
      }),
      0,
      {},
      'failed',
      ['STALE_REVISION'],
    ],
    [
      'revisions were expected in another epoch',
      { ...scheduled(base, { changes: [{ ...off, expectedRevision: 1 }] }), epoch: 'e2' },
      0,
      {},
      'failed',
      ['STALE_REVISION'],
    ],
    [
      'the document is gone',
      after(scheduled(base), { edits: [{ kind: 'flag', key: 'f', value: null }], expected: { 'flag/f': 1 } }),
      0,
      {},
      'failed',
      ['NOT_FOUND'],
    ],
    [
      'the token is revoked',
      scheduled(base),
      0,
      { refusal: { field: '', message: 'revoked', code: 'FORBIDDEN' } },
      'failed',
      ['FORBIDDEN'],
    ],
    ['it is too late', scheduled(base), late, {}, 'missed', ['NOT_PENDING']],
    ['it is late, but not too late', scheduled(base), late - 1, {}, 'applied', []],
  ])(
    'when %s says so and writes no document but where it is applied',
    (_, image, delay, applying, status, codes) => {
      const result = apply(image, NOON + MINUTE + delay, applying);
      expect(ending(result)).toEqual([status, status === 'applied' ? result.revision : null, codes]);
      const same = [...result.documents.all()].every((one) => image.documents.get(one.kind, one.key) === one);
      expect(same).toBe(status !== 'applied');
      expect(dueSchedules(result, Number.MAX_SAFE_INTEGER)).toEqual([]);
    },
  );

  it('applies each once, none before its time nor later than it may, however the clock is looked at', () => {
    const times = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });
    const looks = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 20 });
    const counts = { applied: 0, missed: 0 };
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 60 }), looks, (minutes, within, pauses) => {
        let image = base;
        for (const minute of minutes) {
          const changes = [{ kind: 'flag' as const, key: 'f', set: { tags: [`t${minute}`] } }];
          const applyAt = iso(NOON + minute * MINUTE);
          image = scheduled(image, { key: `k${minute}`, changes, applyAt, within: within * 60 });
        }
        let now = NOON;
        for (const wait of pauses) {
          now += wait * MINUTE;
          for (const { change } of dueSchedules(image, now)) {
            const due = scheduleOf(image, change.key) as StoredSchedule;
            image = after(image, applyScheduled(image, due, { now, refusal: null, others: [] }));
            const { status } = scheduleOf(image, change.key)?.change ?? {};
            const inTime = now <= change.applyAt + change.within * 1_000;
            expect([now >= change.applyAt, status]).toEqual([true, inTime ? 'applied' : 'missed']);
            const tags = image.documents.value('flag', 'f')?.tags;
            if (inTime) expect(tags).toEqual([`t${(change.applyAt - NOON) / MINUTE}`]);
            counts[inTime ? 'applied' : 'missed'] += 1;
          }
          expect(dueSchedules(image, now)).toEqual([]);
        }
      }),
    );
    expect(counts.applied).toBeGreaterThan(20);
    expect(counts.missed).toBeGreaterThan(20);
  });
});

describe('outlivedSchedules', () => {
  it('are those that ended more than 30 days ago, and never pending ones', () => {
    const image = scheduled(apply(scheduled(base), NOON + MINUTE), { key: 'pending' });
    const days = (count: number): number => NOON + MINUTE + count * 24 * 60 * MINUTE;
    expect(outlivedSchedules(image, days(30))).toEqual([]);
    expect(outlivedSchedules(image, days(30) + 1).map(({ change }) => change.key)).toEqual(['later']);
  });
});
