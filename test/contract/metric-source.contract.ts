import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuardSubject } from '../../src/domain/guard/guard-subject.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { meanwhile } from '../support/meanwhile.js';
import type { MetricGround } from './metric-ground.js';
import { look, Looks, lookUntil } from './metric-looks.js';

const BEFORE = { new: { bad: 1, total: 4 }, control: { bad: 2, total: 30 } };
const SOME = { new: { bad: 3, total: 10 }, control: { bad: 1, total: 90 } };
const OTHER = { new: { bad: 0, total: 7 }, control: { bad: 5, total: 50 } };
const NONE = { new: { bad: 0, total: 0 }, control: { bad: 0, total: 0 } };
/** One of each for a test: they run beside one another. */
const TRAFFIC = ['first', 'second', 'shared', 'several', 'same', 'quiet', 'known', 'readable', 'outage'];

/** What every source of metrics does, whatever it reads. `start` is given the names of the traffic that is to come. */
export function describeMetricSource(
  title: string,
  start: (traffic: readonly string[]) => Promise<MetricGround>,
): void {
  describe(title, () => {
    let ground: MetricGround;

    beforeAll(async () => {
      ground = await start(TRAFFIC);
    }, 60_000);
    afterAll(() => ground?.stop());

    /** Looks of guards that have just begun, and have read what there was until then. */
    async function begun(...subjects: readonly GuardSubject[]): Promise<Looks[]> {
      const since = await ground.pass();
      const all = subjects.map((subject) => new Looks(subject, since));
      const source = ground.source();
      const reached = (): boolean => all.every(({ watermark }) => watermark > since);
      await lookUntil(ground, () => source, { all, reached });
      return all;
    }

    /** Looks on until these have seen so many of either arm in all, and then until a time after that. */
    async function seen(one: Looks, total: number, all = [one], source = ground.source()): Promise<void> {
      const totalOf = (): number => one.sum.new.total + one.sum.control.total;
      const on = (reached: () => boolean): Promise<void> => lookUntil(ground, () => source, { all, reached });
      await on(() => totalOf() >= total);
      const { watermark } = one;
      await on(() => one.watermark > watermark);
    }

    meanwhile('answers nothing where nothing is asked', async () => {
      expect(await ground.source().read([], await ground.pass())).toEqual([]);
    });

    meanwhile('gives each question its answer, in the order of the questions', async () => {
      const all = await begun(ground.subject('first'), ground.subject('second', 'h'));
      const [first, second] = all as [Looks, Looks];
      await ground.happen('first', SOME);
      await ground.happen('second', OTHER);
      await seen(first, 100, [second, first]);
      await seen(second, 57, all);
      expect([first.sum, second.sum]).toEqual([SOME, OTHER]);
    });

    meanwhile('tells two guards that watch the same the same', async () => {
      const all = await begun(ground.subject('shared'), ground.subject('shared', 'h'));
      await ground.happen('shared', SOME);
      for (const one of all) await seen(one, 100, all);
      expect(all.map(({ sum }) => sum)).toEqual([SOME, SOME]);
    });

    for (const others of ['one process', 'another process each time'] as const)
      meanwhile(
        `counts each event once over several looks, by ${others}, and nothing of before`,
        async () => {
          const traffic = others === 'one process' ? 'several' : 'same';
          await ground.happen(traffic, BEFORE);
          const [one] = (await begun(ground.subject(traffic))) as [Looks];
          expect(one.sum).toEqual(NONE);
          const kept = ground.source();
          const source = (): typeof kept => (others === 'one process' ? kept : ground.source());
          for (let i = 1; i <= 3; i += 1) {
            await ground.happen(traffic, SOME);
            await lookUntil(ground, source, { all: [one], reached: () => one.sum.control.total >= i * 90 });
          }
          await seen(one, 300, [one], source());
          expect(one.sum).toEqual({ new: { bad: 9, total: 30 }, control: { bad: 3, total: 270 } });
          expect(one.troubles).toEqual([]);
        },
      );

    meanwhile('has nothing new where it is asked again at once', async () => {
      const [one] = (await begun(ground.subject('quiet'))) as [Looks];
      await ground.happen('quiet', SOME);
      const source = ground.source();
      // Where sources tell of a moment late, something may have come in between.
      await eventually(async () => {
        const now = await ground.pass();
        await look(source, [one], now);
        const [again] = await source.read([one.request], now);
        expect(again).toMatchObject({ windows: [], watermark: one.watermark, unknown: null, lost: 0 });
      });
    });

    meanwhile('is quiet of a subject of which nothing is known, and tells the others theirs', async () => {
      const [known] = (await begun(ground.subject('known'))) as [Looks];
      const unheard = new Looks(ground.subject('nobody', 'h'), known.since);
      await ground.happen('known', SOME);
      await seen(known, 100, [unheard, known]);
      expect(known.sum).toEqual(SOME);
      expect(unheard).toMatchObject({ windows: [], troubles: [] });
    });

    meanwhile('says of each question that can’t be read why, and answers the others', async () => {
      const [known] = (await begun(ground.subject('readable'))) as [Looks];
      await ground.happen('readable', SOME);
      const broken = ground.broken.map(({ subject }) => new Looks(subject, known.since));
      const source = ground.source();
      await seen(known, 100, [...broken, known], source);
      expect(known.sum).toEqual(SOME);
      expect(known.troubles).toEqual([]);
      await eventually(async () => {
        const now = await ground.pass();
        const readings = await source.read(
          broken.map(({ request }) => request),
          now,
        );
        expect(readings.map(({ code }) => code)).toEqual(ground.broken.map(({ code }) => code));
      });
    });

    it('never rejects while nothing can be read, and goes on with each event once', async () => {
      const [one] = (await begun(ground.subject('outage'))) as [Looks];
      const source = ground.source();
      await ground.happen('outage', SOME);
      await seen(one, 100, [one], source);
      await ground.away();
      const { watermark } = one;
      const pass = (): Promise<number> => ground.pass().catch(() => watermark + 10_000);
      const reached = (): boolean => one.troubles.length > 0;
      await lookUntil({ pass }, () => source, { all: [one], reached });
      await ground.back();
      expect(one.watermark).toBe(watermark);
      await begun(ground.subject('outage'));
      await ground.happen('outage', OTHER);
      await seen(one, 157, [one], source);
      expect(one.sum).toEqual({ new: { bad: 3, total: 17 }, control: { bad: 6, total: 140 } });
    }, 120_000);
  });
}
