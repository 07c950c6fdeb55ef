import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeCommits } from './store-commit.contract.js';
import { StoreGround, type StoreHarness } from './store-ground.js';
import { describePoints } from './store-points.contract.js';
import { describeScopes } from './store-scopes.contract.js';
import { describeSegments } from './store-segments.contract.js';
import { describeUnits } from './store-units.contract.js';
import { describeUsage } from './store-usage.contract.js';
import { describeVerdicts } from './store-verdicts.contract.js';
import { describeWatching } from './store-watch.contract.js';

/** What every store must do. `start` prepares a real one with nothing in it. */
export function describeStore(name: string, start: () => Promise<StoreHarness>): void {
  describe(`${name} store`, () => {
    const ground = new StoreGround(start);
    beforeAll(() => ground.open());
    afterAll(() => ground.close());

    describeCommits(ground);
    describeWatching(ground);
    describeScopes(ground);
    describeSegments(ground);
    describeUnits(ground);
    describeUsage(ground);
    describeVerdicts(ground);
    describePoints(ground);
  });
}
