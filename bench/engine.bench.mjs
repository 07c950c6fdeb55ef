import { compile, Usage } from '@tidegate/sdk/engine';
import { compileLimit } from './limit.mjs';
import { bytesEach, measure } from './measure.mjs';
import { openPeers } from './peers/open.mjs';
import { atLeast, atMost, row } from './row.mjs';
import { KINDS, mix, questionsOf, segments, single, snapshotOf, TITLES } from './scenarios.mjs';

/** Most of the limit's time that a case may take, and what CI asserts. */
const TO_LIMIT = {
  a: atMost(1.3, 2.5),
  b: atMost(1.3, 2.5),
  c: atMost(2, 4),
  d: atMost(1.3, 2.5),
  // 1.3 was wanted: to ask whether a member's key is the context's own, which the limit doesn't, takes 6 of 28 ns; 1.15 without.
  e: atMost(1.3, 2),
  g: atMost(1.3, 2.5),
  f: atMost(1.5, 3),
};
/** How many times faster than the fastest peer. */
const TO_PEERS = { a: 5, b: 7, c: 8, d: 12, e: 20, g: 8, f: 10 };

/**
 * In-process evaluation with details and counted usage, against the limit written by hand in the same run: CPU time per
 * operation; and the bytes that an evaluation allocates. The long form goes on with the SDKs of others, of which the fastest
 * counts; LaunchDarkly's stands aside, as it answers by promises only.
 */
export async function run({ short }) {
  const scenarios = Object.keys(TITLES);
  const rows = scenarios.flatMap((scenario) => rowsOf(scenario, short));
  if (short) return rows;
  for (const flags of [single, mix]) {
    const peers = await openPeers(flags, segments);
    const asked = scenarios.filter((scenario) => flagsOf(scenario) === flags);
    rows.push(...asked.flatMap((scenario) => peerRows(scenario, peers)));
    for (const peer of peers) await peer.close();
  }
  return rows;
}

function flagsOf(scenario) {
  return scenario === 'f' || scenario === 'g' ? mix : single;
}

/** Ours beside each peer; only the fastest of them has a goal. */
function peerRows(scenario, peers) {
  const questions = questionsOf(scenario);
  const flags = flagsOf(scenario);
  const isAll = scenario === 'f';
  const [ours] = isAll ? allFlags(flags) : oneFlag(flags);
  for (const peer of peers) agreeButForSplits(peer, oneFlag(flags)[0], isAll ? questionsOf('g') : questions);
  const theirs = peers.map(({ evaluate }) => (isAll ? allOf(evaluate, flags) : evaluate));
  const { medians, shares } = measure([ours, ...theirs], questions, { rounds: 9, milliseconds: 20 });
  const [reference, ...times] = medians.map((time) => (isAll ? time / 1_000 : time));
  const least = Math.min(...shares.slice(1));
  return peers.map(({ name }, index) =>
    row({
      case: TITLES[scenario],
      unit: isAll ? 'µs' : 'ns',
      metric: `CPU of ${name}`,
      value: times[index],
      reference,
      ratio: shares[index + 1],
      ...(shares[index + 1] === least ? { goal: atLeast(TO_PEERS[scenario]) } : {}),
    }),
  );
}

function allOf(evaluate, flags) {
  const into = [];
  return (_, context) => {
    for (let index = 0; index < flags.length; index++) into[index] = evaluate(flags[index].key, context);
    return into[1];
  };
}

/** Whom a split draws is each peer's own affair; how many is not. */
function agreeButForSplits({ name, evaluate }, ours, { keys, contexts }) {
  let drawn = 0;
  let asked = 0;
  for (const [index, key] of keys.entries()) {
    const value = evaluate(key, contexts[index]);
    if (KINDS.get(key) === 'd') {
      asked += 1;
      if (value === true) drawn += 1;
    } else if (value !== ours(key, contexts[index])) {
      throw new Error(`${key}: ${name} and we differ for ${JSON.stringify(contexts[index])}`);
    }
  }
  const share = drawn / asked;
  if (asked > 0 && (share < 0.17 || share > 0.23)) throw new Error(`${name} draws ${share} instead of 0.2`);
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
