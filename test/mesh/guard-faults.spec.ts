import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { faultsOf, lineOf, playFaults, stepsOf } from '../support/fault-run.js';
import { OutletStage } from '../support/outlet-stage.js';

jest.setTimeout(180_000);

const FAULTS = faultsOf([0.5, 1], [5, 20, 50]);

let stage: OutletStage;

beforeAll(async () => {
  stage = await OutletStage.start();
  await stage.open(FAULTS.map((fault) => ({ name: fault.name, steps: stepsOf(fault) })));
});

afterAll(async () => {
  await stage?.stop();
});

describe('guards as shipped, on a real mesh', () => {
  it('leave a version that begins to fail within a scrape, 2 s and thirty of its answers', async () => {
    const figures = await playFaults(stage, FAULTS);
    process.stdout.write(figures.map(lineOf).join(''));
    for (const { lasted, limit, failed } of figures) {
      expect(failed).toBeGreaterThan(0);
      expect(lasted).toBeLessThanOrEqual(limit);
    }
  });
});
