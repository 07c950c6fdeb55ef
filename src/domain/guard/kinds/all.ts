import type { GuardKind } from '../../guard-kind.js';
import { burn } from './burn.js';
import { drop } from './drop.js';
import { kOfN } from './k-of-n.js';
import type { KindRules } from './kind-rules.js';
import { latency } from './latency.js';
import { mean } from './mean.js';
import { ratio } from './ratio.js';

const RULES: { readonly [kind in GuardKind]: KindRules } = {
  ratio,
  latency,
  mean,
  drop,
  burn,
  kOfN,
};

/** The rules of a kind. */
export function rulesOf(kind: GuardKind): KindRules {
  return RULES[kind];
}
