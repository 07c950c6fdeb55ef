import { compile, Usage } from '@tidegate/sdk/engine';
import { compileLimit } from './limit.mjs';
import { bytesEach, measure } from './measure.mjs';
import { atMost, row } from './row.mjs';
import { mix, questionsOf, segments, single, snapshotOf, TITLES } from './scenarios.mjs';

/** Most of the limit's time that a case may take, and what CI asserts. */
const TO_LIMIT = {
  a: atMost(1.3, 2.5),
  b: atMost(1.3, 2.5),
  c: atMost(2, 4),
  d: atMost(1.3, 2.5),
  // 1.3 was wanted: to ask whether a member's key is the context's own, which the limit doesn't, takes 6 of 28 ns; 1.15 without.
  e: atMost(1.5, 2.5),
  g: atMost(1.3, 2.5),
  f: atMost(1.5, 3),
};
/**
 * In-process evaluation with details and counted usage, against the limit written by hand in the same run: CPU time per
 * operation; and the bytes that an evaluation allocates.
 */
export function run({ short }) {
  return Object.keys(TITLES).flatMap((scenario) => rowsOf(scenario, short));
}

function rowsOf(scenario, short) {
  const questions = questionsOf(scenario);
  const isAll = scenario === 'f';
  const flags = isAll || scenario === 'g' ? mix : single;
  const [ours, limit] = isAll ? allFlags(flags) : oneFlag(flags);
  agree('the limit', ours, limit, questions);
  const what = { case: TITLES[scenario], unit: isAll ? 'µs' : 'ns' };
  const { medians, shares } = measure([ours, limit], questions, short ? { rounds: 41 } : {});
  const [value, reference] = medians.map((time) => (isAll ? time / 1_000 : time));
  const allocated = bytesEach(ours, questions, isAll ? flags.length : 1);
  return [
    row({ ...what, metric: 'CPU', value, reference, ratio: 1 / shares[1], goal: goalOf(scenario, value) }),
    row({ ...what, metric: 'allocated each', value: allocated, unit: 'bytes', goal: atMost(0, 0) }),
  ];
}

/** All flags may also take a time of their own, whatever the limit takes. */
function goalOf(scenario, value) {
  const goal = TO_LIMIT[scenario];
  if (scenario !== 'f') return goal;
  return { ...goal, text: `${goal.text} or 60 µs`, ok: (ratio) => goal.ok(ratio) || value <= 60 };
}

/**
 * The two contestants, each in a function of its own, so that what is learnt of one doesn't slow the other: details of one
 * flag, usage counted; or of all flags, into a list that is used again, answering the value of one.
 */
function oneFlag(flags) {
  const engine = compile(snapshotOf(flags));
  const usage = new Usage();
  const limit = compileLimit(flags, segments);
  const ours = (key, context) => {
    const resolution = engine.evaluate(key, context);
    usage.count(key, resolution);
    return resolution.value;
  };
  return [ours, (key, context) => limit.evaluate(key, context).value];
}

function allFlags(flags) {
  const engine = compile(snapshotOf(flags));
  const usage = new Usage();
  const limit = compileLimit(flags, segments);
  const [into, byLimit] = [[], []];
  const shown = flags.findIndex(({ rules }) => rules.length === 1);
  const ours = (_, context) => {
    engine.evaluateAll(context, into);
    for (let index = 0; index < into.length; index++) usage.count(flags[index].key, into[index]);
    return into[shown].value;
  };
  return [ours, (_, context) => limit.evaluateAll(context, byLimit)[shown].value];
}

/** Throws where a contestant answers other than we do. */
function agree(name, ours, other, { keys, contexts }) {
  for (const [index, key] of keys.entries()) {
    if (other(key, contexts[index]) === ours(key, contexts[index])) continue;
    throw new Error(`${key}: ${name} and we differ for ${JSON.stringify(contexts[index])}`);
  }
}
