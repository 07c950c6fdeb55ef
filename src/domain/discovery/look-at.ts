import type { Stored } from '../documents.js';
import type { Image } from '../image.js';
import { positionOf } from '../rollout/position.js';
import type { Look, RolloutView } from './look.js';
import { recordOf } from './record.js';
import { templateFor } from './version-template.js';
import type { Workload } from './workload.js';

/** What is known of a route at `now` (store time), with the workloads that stand behind its Service. */
export function lookAt(
  image: Image,
  { value: route }: Stored<'route'>,
  workloads: readonly Workload[],
  now: number,
): Look {
  const templates = image.documents.value('settings', 'environment')?.versionTemplates ?? [];
  return {
    route,
    template: templateFor(templates, route.key),
    workloads,
    rollouts: rolloutsOf(image, route.key),
    record: recordOf(image, route.key).record,
    now,
  };
}

function rolloutsOf(image: Image, route: string): RolloutView[] {
  return image.documents.list('rollout').flatMap(({ key, value }) => {
    const moved = value.routes.find((one) => one.key === route);
    const { state } = positionOf(image, key).position;
    return moved === undefined ? [] : [{ key, state, new: moved.new, control: moved.control }];
  });
}
