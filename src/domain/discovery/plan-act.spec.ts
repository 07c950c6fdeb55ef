import { describe, expect, it } from '@jest/globals';
import { templateOf, workloadOf } from '../../../test/support/discovery.js';
import { after, afterPlan, imageOf, routeOf, withAppliedRoute } from '../../../test/support/image.js';
import type { Edit } from '../documents.js';
import { settingsSchema } from '../environment.js';
import type { Image } from '../image.js';
import { positionOf } from '../rollout/position.js';
import { lookAt } from './look-at.js';
import type { Look } from './look.js';
import { noticed } from './noticed.js';
import { planAct, recordEdit } from './plan-act.js';
import { recordOf } from './record.js';

const NOW = 1_000_000;
const V1 = workloadOf('v1');
const V3 = workloadOf('1.4.0', { since: 5_000 });
const SETTINGS: Edit = {
  kind: 'settings',
  key: 'environment',
  value: settingsSchema.parse({ versionTemplates: [templateOf()] }),
};
const ROUTE = routeOf({ key: 'checkout', versions: { v1: { app: 'checkout', version: 'v1' } } });

function lookOf(image: Image, workloads = [V1, V3]): Look {
  const route = image.documents.get('route', 'checkout');
  if (route === undefined) throw new Error('no route');
  return lookAt(image, route, workloads, NOW);
}

function seen(): Image {
  const bare = imageOf(SETTINGS, ROUTE);
  return after(bare, {
    edits: [],
    expected: {},
    state: [recordEdit(bare, 'checkout', noticed(lookOf(bare, [V1])).record)],
  });
}

function step(image: Image): Image {
  const look = lookOf(image);
  return afterPlan(image, planAct(image, look, noticed(look)));
}

describe('the acts of discovery', () => {
  it('make version, rollout and record in one commit', () => {
    const image = step(seen());
    expect(image.documents.value('route', 'checkout')?.versions['1-4-0']).toEqual({
      app: 'checkout',
      version: '1.4.0',
    });
    expect(image.documents.value('rollout', 'checkout-1-4-0')?.routes).toEqual([
      { key: 'checkout', new: '1-4-0', control: 'v1' },
    ]);
    expect(recordOf(image, 'checkout').record?.seen.at(-1)).toMatchObject({
      label: '1.4.0',
      state: 'drafted',
    });
  });

  it('start the rollout when the mesh is ready, and not before', () => {
    const image = step(seen());
    const look = lookOf(image);
    expect(planAct(image, look, noticed(look)).errors).toMatchObject([{ code: 'NOT_READY' }]);
    const started = step(withAppliedRoute(image, 'checkout', NOW));
    expect(positionOf(started, 'checkout-1-4-0').position.state).toBe('running');
    expect(recordOf(started, 'checkout').record?.seen.at(-1)?.state).toBe('started');
  });

  it('are refused to whoever has read the record before somebody else wrote it', () => {
    const image = seen();
    const look = lookOf(image);
    const { commit } = planAct(image, look, noticed(look));
    expect(() => after(step(image), commit ?? { edits: [], expected: {} })).toThrow('stale');
  });
});
