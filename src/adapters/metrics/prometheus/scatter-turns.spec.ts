import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { grouped } from '../../../domain/grouped.js';
import { guardSchema } from '../../../domain/guard.js';
import { nothingNew } from '../../../domain/guard/nothing-new.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import type { PastSpan } from '../../../ports/metric-history.js';
import { type MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { ScatterLookOut } from './scatter-look-out.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const NO_ANSWER = nothingNew(0, { code: 'NO_ANSWER', words: 'it took too long' });

/** A source that has nothing new. */
class Quiet extends MetricSource {
  override readonly name = 'prometheus';

  override read(requests: readonly MetricRequest[]): Promise<readonly MetricReading[]> {
    return Promise.resolve(requests.map(({ watermark }) => nothingNew(watermark)));
  }
}

/** How a question about a guard ends: after how long, and whether in an answer. */
interface Ending {
  readonly after: number;
  readonly ends: 'unanswered' | 'told' | 'broken';
}

/** Looks once a second, in store time; a question ends when its time has come. */
class Played {
  readonly asks: { readonly key: string; readonly at: number }[] = [];
  readonly told = new Set<string>();
  #now = 0;
  #pending: { readonly at: number; readonly end: () => void } | null = null;
  readonly #lookOut = new ScatterLookOut(new Quiet(), { windows: (span) => this.#windows(span) });

  constructor(private readonly endings: Readonly<Record<string, Ending>>) {}

  async play(seconds: number, environmentOf: (key: string) => string = () => 'production'): Promise<void> {
    for (const end = this.#now + seconds * SECOND; this.#now < end; this.#now += SECOND) {
      if (this.#pending !== null && this.#pending.at <= this.#now) this.#end(this.#pending);
      await setImmediate();
      for (const [environment, keys] of grouped(Object.keys(this.endings), environmentOf))
        await this.#look(environment, keys);
    }
  }

  async #look(environment: string, keys: readonly string[]): Promise<void> {
    const requests = keys.map((key) => requestOf(environment, key));
    const readings = await this.#lookOut.read(requests, this.#now);
    for (const [i, key] of keys.entries()) if (readings[i]?.scatter) this.told.add(key);
  }

  asksOf(key: string): number[] {
    return this.asks.filter((one) => one.key === key).map(({ at }) => at / SECOND);
  }

  #end(pending: { readonly end: () => void }): void {
    this.#pending = null;
    pending.end();
  }

  #windows({ subject: { guard } }: PastSpan): Promise<MetricReading> {
    const { after, ends } = this.endings[guard.key] ?? { after: 0, ends: 'told' };
    this.asks.push({ key: guard.key, at: this.#now });
    return new Promise((resolve, reject) => {
      const end = (): void => {
        if (ends === 'broken') reject(new Error('broken'));
        else resolve(ends === 'told' ? nothingNew(0) : NO_ANSWER);
      };
      this.#pending = { at: this.#now + after, end };
    });
  }
}

/** Guards whose keys have a dash ask the same as the one before it. */
function requestOf(environment: string, key: string): MetricRequest {
  const total = `requests_total{app="${key.split('-')[0]}"}`;
  const query = { bad: total, total, arm: { label: 'version', new: 'v2', control: 'v1' } };
  const guard = guardSchema.parse({ key, source: 'prometheus', query, margin: 1.2 });
  const subject = { environment, guard, arms: { new: 'v2', control: 'v1' }, route: null, rule: null };
  return { subject, watermark: 0, since: 0, wantsScatter: true };
}

const SLOW: Ending = { after: 15 * SECOND, ends: 'unanswered' };
const FAST: Ending = { after: SECOND, ends: 'told' };

describe('the turns of guards whose history is asked', () => {
  it('come to guards behind four whose questions all time out, within two minutes', async () => {
    const played = new Played({ a: SLOW, b: SLOW, c: SLOW, d: SLOW, e: FAST, f: FAST });
    await played.play(120);
    expect([played.asksOf('e').length, played.asksOf('f').length]).toEqual([1, 1]);
  });

  it('come to each of those that time out as often, and more and more seldom', async () => {
    const played = new Played({ a: SLOW, b: SLOW, c: SLOW, d: SLOW });
    await played.play(3_600);
    const times = ['a', 'b', 'c', 'd'].map((key) => played.asksOf(key));
    const counts = times.map(({ length }) => length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(Math.max(...counts)).toBeLessThan(10);
    for (const asked of times) {
      const gaps = asked.slice(1).map((at, i) => at - (asked[i] ?? at));
      // Ends are known to a look, which is a second here.
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual((SLOW.after + MINUTE) / SECOND - 1);
      expect(gaps.at(-1)).toBeGreaterThan(4 * (gaps[0] ?? Infinity));
    }
  });

  it('are shared by all environments', async () => {
    const played = new Played({ a: SLOW, b: SLOW, c: SLOW, d: SLOW, e: FAST });
    await played.play(120, (key) => (key === 'e' ? 'staging' : 'production'));
    expect(played.asksOf('e')).toHaveLength(1);
  });

  it('are one for all guards that ask the same', async () => {
    const played = new Played({ a: FAST, 'a-slow': FAST, b: FAST, 'b-slow': FAST });
    await played.play(120);
    expect(played.asks.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(played.told).toEqual(new Set(['a', 'a-slow', 'b', 'b-slow']));
  });

  it('go on after a question that broke', async () => {
    const played = new Played({ a: { after: SECOND, ends: 'broken' }, b: FAST });
    await played.play(300);
    expect(played.asksOf('b')).toHaveLength(1);
    expect(played.asksOf('a').length).toBeGreaterThan(1);
  });
});
