import type { GuardKind } from '../../guard-kind.js';
import { drop } from './drop.js';
import type { KindRules } from './kind-rules.js';
import { latency } from './latency.js';
import { mean } from './mean.js';
import { ratio } from './ratio.js';

const RULES: { readonly [kind in GuardKind]?: KindRules } = {
  ratio,
  latency,
  mean,
  drop,
};

/** Whether guards of this kind can be judged yet. */
export function isJudged(kind: GuardKind): boolean {
  return RULES[kind] !== undefined;
}

/** The rules of a kind. */
export function rulesOf(kind: GuardKind): KindRules {
  return RULES[kind] ?? ratio;
}
