import type { Flag, FlagArm, FlagRule } from '@tidegate/sdk/engine';
import { indexOfRule, withMovedRule, withReplacedRule, withRule, withoutRule } from './edit-rules.js';
import type { StoredFlag } from './flag.js';
import { Problem } from './problem.js';

/** Each gives the flag as it is to be; whether that is a good flag is for `planChange` to say. NOT_FOUND for a rule. */
export function setEnabled(flag: Flag, enabled: boolean): Flag {
  return { ...flag, enabled };
}

/** Kept, with its key and history, but no longer served. */
export function archive(flag: StoredFlag): StoredFlag {
  return { ...flag, archived: true };
}

/** Served again, as it was. */
export function restore(flag: StoredFlag): StoredFlag {
  return { ...flag, archived: false };
}

/** At index `at`; by default below the person's last rule and above those that a rollout owns. */
export function addRule(flag: Flag, rule: FlagRule, at?: number): Flag {
  return { ...flag, rules: withRule(flag.rules, rule, at) };
}

export function replaceRule(flag: Flag, rule: FlagRule): Flag {
  return { ...flag, rules: withReplacedRule(flag.rules, rule) };
}

export function removeRule(flag: Flag, id: string): Flag {
  return { ...flag, rules: withoutRule(flag.rules, id) };
}

export function moveRule(flag: Flag, id: string, to: number): Flag {
  return { ...flag, rules: withMovedRule(flag.rules, id, to) };
}

/** Sets the arms (weights in 100,000ths) of a rule's split. NOT_FOUND; INVALID_INPUT for a rule that serves one variant. */
export function setSplit(flag: Flag, id: string, arms: readonly FlagArm[]): Flag {
  const rule = flag.rules[indexOfRule(flag.rules, id)];
  if (rule === undefined || !('split' in rule.serve)) {
    const message = `Rule "${id}" serves one variant: replace the rule to give it a split.`;
    throw new Problem('INVALID_INPUT', message, { field: 'rule' });
  }
  return replaceRule(flag, { ...rule, serve: { split: { ...rule.serve.split, arms } } });
}
