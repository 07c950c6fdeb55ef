import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { faultsOf, lineOf, playFaults, stepsOf } from '../support/fault-run.js';
import { HealthyReleases } from '../support/healthy-releases.js';
import { OutletStage } from '../support/outlet-stage.js';

jest.setTimeout(240_000);

const HEALTHY = 20;
/** Longer than it takes until Prometheus is killed, s: nothing may have moved before. */
const HOLD = 30;
const STEPS = [
  { weight: 20_000, hold: HOLD },
  { weight: 100_000, hold: 0 },
];

let stage: OutletStage;
// A second try of a test has outlets of its own.
let turn = 0;

beforeAll(async () => {
  stage = await OutletStage.start();
});

afterAll(async () => {
  await stage?.stop();
});

describe('guards as shipped, on a real mesh', () => {
  it('leave a version that begins to fail within a scrape, 2 s and thirty of its answers', async () => {
    turn += 1;
    const faults = faultsOf([0.5, 1], [5, 20, 50], turn);
    await stage.open(faults.map((fault) => ({ name: fault.name, steps: stepsOf(fault) })));
    const figures = await playFaults(stage, faults);
    process.stdout.write(figures.map(lineOf).join(''));
    for (const { lasted, limit, failed } of figures) {
      expect(failed).toBeGreaterThan(0);
      expect(lasted).toBeLessThanOrEqual(limit);
    }
  });

  it('let twenty healthy releases pass: both versions suffering alike stops none, no metrics move none', async () => {
    turn += 1;
    const names = Array.from({ length: HEALTHY }, (_, index) => `healthy-${turn}-${index}`);
    const healthy = await HealthyReleases.start(stage, { names, steps: STEPS, perSecond: 15 });
    try {
      await healthy.untilJudged(1);
      healthy.suffer();
      await healthy.untilJudged(2);
      healthy.recover();
      expect(await healthy.stopped()).toEqual([]);
      await withoutMetrics(async () => {
        await stage.releases.untilGuards(names, 'blind');
        const before = await healthy.tokens();
        // Two thirds and what was held before: without the outage all would go on.
        await sleep((2 / 3) * HOLD * 1_000);
        expect(await healthy.tokens()).toEqual(before);
        expect(new Set(before)).toEqual(new Set(['1.0.running']));
      });
      await stage.releases.untilAll(names, 'completed', 120_000);
      const [old, fresh] = (['v1', 'v2'] as const).map((version) => healthy.answers(version));
      expect(fresh?.bad).toBeGreaterThan(20);
      process.stdout.write(
        `${HEALTHY} of ${HEALTHY} healthy releases passed; v1 failed ${old?.bad} of ${old?.total} requests, ` +
          `v2 ${fresh?.bad} of ${fresh?.total}\n`,
      );
    } finally {
      await healthy.stop();
    }
  });
});

/** Prometheus is killed before, and starts again after. */
async function withoutMetrics(act: () => Promise<void>): Promise<void> {
  const { process: server } = stage.testbed.prometheus;
  await server.kill();
  try {
    await act();
  } finally {
    await server.start();
  }
}
