import { expect } from '@jest/globals';
import type { GuardSubject } from '../../src/domain/guard/guard-subject.js';
import type { MetricReading, MetricWindow } from '../../src/domain/guard/reading.js';
import { TROUBLE_CODES } from '../../src/domain/guard/trouble.js';
import type { MetricRequest, MetricSource } from '../../src/ports/metric-source.js';
import type { MetricGround, More } from './metric-ground.js';

/** ms */
const PATIENCE = 60_000;

/** The looks of one guard, each from where the last one ended; every reading is held against what all have to keep to. */
export class Looks {
  readonly windows: MetricWindow[] = [];
  readonly troubles: string[] = [];
  watermark: number;

  /** Reads what came after `since`, epoch ms. */
  constructor(
    readonly subject: GuardSubject,
    readonly since: number,
  ) {
    this.watermark = since;
  }

  get request(): MetricRequest {
    return { subject: this.subject, watermark: this.watermark, since: this.since };
  }

  /** What both arms had in all that was read. */
  get sum(): { readonly new: More; readonly control: More } {
    const of = (arm: 'new' | 'control', field: keyof More): number =>
      this.windows.reduce((all, window) => all + (window[arm]?.[field] ?? 0), 0);
    return {
      new: { bad: of('new', 'bad'), total: of('new', 'total') },
      control: { bad: of('control', 'bad'), total: of('control', 'total') },
    };
  }

  take(reading: MetricReading): void {
    keeps(reading, this.watermark);
    this.windows.push(...reading.windows);
    if (reading.unknown !== null) this.troubles.push(reading.unknown);
    this.watermark = reading.watermark;
  }
}

/** What holds of each reading from a watermark on. */
function keeps(reading: MetricReading, before: number): void {
  const { windows, watermark, unknown, code, lost, windowLength } = reading;
  expect(watermark).toBeGreaterThanOrEqual(before);
  expect(lost).toBeGreaterThanOrEqual(0);
  expect(windowLength).toBeGreaterThan(0);
  let until = before;
  for (const window of windows) {
    expect(window.from).toBeGreaterThanOrEqual(until);
    expect(window.to).toBeGreaterThan(window.from);
    expect(window.new ?? window.control).not.toBeNull();
    until = window.to;
  }
  expect(watermark).toBeGreaterThanOrEqual(until);
  if (unknown === null) return expect(code).toBeUndefined();
  expect(TROUBLE_CODES).toContain(code);
  expect({ windows, watermark, lost }).toEqual({ windows: [], watermark: before, lost: 0 });
}

/** One look for all of them, at `now` (epoch ms). */
export async function look(source: MetricSource, all: readonly Looks[], now: number): Promise<void> {
  const readings = await source.read(
    all.map(({ request }) => request),
    now,
  );
  expect(readings).toHaveLength(all.length);
  for (const [i, reading] of readings.entries()) all[i]?.take(reading);
}

/** Looks again and again, at least once, until something is reached. */
export async function lookUntil(
  ground: Pick<MetricGround, 'pass'>,
  source: () => MetricSource,
  { all, reached }: { readonly all: readonly Looks[]; readonly reached: () => boolean },
): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  do {
    if (Date.now() > deadline) throw new Error(`not reached: ${JSON.stringify(all, null, 1)}`);
    await look(source(), all, await ground.pass());
  } while (!reached());
}
