import type { Guard } from '../../guard.js';
import type { GuardKind } from '../../guard-kind.js';
import type { GuardRecord } from '../guard-record.js';
import { burn } from './burn.js';
import { drop } from './drop.js';
import { kOfN } from './k-of-n.js';
import type { KindRules } from './kind-rules.js';
import { latency } from './latency.js';
import { mean } from './mean.js';
import { ratio } from './ratio.js';
import { topline } from './topline.js';

const RULES: { readonly [kind in GuardKind]: KindRules } = {
  ratio,
  latency,
  mean,
  drop,
  burn,
  kOfN,
  topline,
};

/** The rules of a kind. */
export function rulesOf(kind: GuardKind): KindRules {
  return RULES[kind];
}

/** Whether it would help to know what the control did before the record was made. */
export function wantsEarlier({ kind }: Pick<Guard, 'kind'>, record: GuardRecord): boolean {
  return rulesOf(kind).wantsEarlier?.(record) === true;
}

/** Whether a kind can tell that there is no harm, so that a step goes on early by it. */
export function showsNoHarm(kind: GuardKind): boolean {
  return rulesOf(kind).noHarmLlrs !== undefined;
}
