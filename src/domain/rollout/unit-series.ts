import { unitSeriesName } from '../units.js';
import type { Image } from '../image.js';
import { ownedRuleIds } from './owned-rules.js';
import { type UnfinishedRollout, unfinishedRollouts } from './position.js';

/** Name of the units of a rollout's present run; null where it moves no flag. */
export function seriesOf({
  rollout,
  position,
}: Pick<UnfinishedRollout, 'rollout' | 'position'>): string | null {
  const { flag } = rollout.value;
  if (flag === null) return null;
  return unitSeriesName({ flag: flag.key, rule: ownedRuleIds(rollout.key).split, run: position.run });
}

/** Name of the units that a rule of a flag decides now; null where no unfinished rollout owns it. */
export function runningSeries(
  image: Image,
  { flag, rule }: { readonly flag: string; readonly rule: string },
): string | null {
  const owner = unfinishedRollouts(image).find(
    ({ rollout }) => rollout.value.flag?.key === flag && ownedRuleIds(rollout.key).split === rule,
  );
  return owner === undefined ? null : seriesOf(owner);
}
