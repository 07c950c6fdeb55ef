/**
 * Version of the judgement: of all that turns a guard, its record and its windows into a verdict. It rises by one with each change
 * after which the same inputs come to something else, be it by the last bit; `judge-version.spec.ts` tells when. Kept verdicts carry it.
 */
export const JUDGE_VERSION = 4;
