import type { GuardKind } from '../../guard-kind.js';
import type { KindRules } from './kind-rules.js';
import { ratio } from './ratio.js';

const RULES: { readonly [kind in GuardKind]?: KindRules } = { ratio };

/** Whether guards of this kind can be judged yet. */
export function isJudged(kind: GuardKind): boolean {
  return RULES[kind] !== undefined;
}

/** The rules of a kind. */
export function rulesOf(kind: GuardKind): KindRules {
  return RULES[kind] ?? ratio;
}
