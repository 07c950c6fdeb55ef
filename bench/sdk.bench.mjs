import { createClient } from '@tidegate/sdk';
import { compile, Usage } from '@tidegate/sdk/engine';
import { bytesEach, measure } from './measure.mjs';
import { atMost, row } from './row.mjs';
import { mix, questionsOf, snapshotOf } from './scenarios.mjs';

/**
 * What the getters of the SDK add to the engine with counted usage, over 1,000 flags and contexts in rotation: CPU time per
 * call, side by side in one run; what counting itself takes; and the bytes that a getter allocates. No server answers the
 * client: it serves what it was started with, and counts.
 */
export async function run({ short }) {
  const snapshot = snapshotOf(mix);
  // As each change makes a new engine, a program that follows changes holds the latest: the compiler may not take it as fixed.
  const held = { engine: compile(snapshot), usage: new Usage() };
  held.engine = compile(snapshot, held.engine);
  const client = createClient({
    url: 'http://127.0.0.1:9',
    key: 'bench',
    bootstrap: snapshot,
    flushInterval: 60_000,
    retryDelay: 30_000,
  });
  const questions = questionsOf('g');
  const counted = (key, context) => {
    const resolution = held.engine.evaluate(key, context);
    held.usage.count(key, resolution);
    return resolution.value;
  };
  const boolean = (key, context) => client.boolean(key, context, false);
  const details = (key, context) => client.details(key, context, false).value;
  const uncounted = (key, context) => held.engine.evaluate(key, context).value;
  try {
    const getters = Object.entries({ 'boolean()': boolean, 'details()': details });
    for (const [, getter] of getters) agree(getter, counted, questions);
    const beside = (other) => measure([counted, other], questions, short ? { rounds: 41 } : {});
    const { medians, shares } = beside(uncounted);
    const counting = { case: 'counting', metric: 'CPU', unit: 'ns', value: (1 - shares[1]) * medians[0] };
    return [
      ...getters.flatMap(([name, getter]) => rowsOf(name, beside(getter), bytesEach(getter, questions))),
      row({ ...counting, goal: atMost(15, 40) }),
    ];
  } finally {
    await client.close({ timeout: 1 });
  }
}

function rowsOf(name, { medians: [reference, value], shares: [, ratio] }, bytes) {
  return [
    row({ case: name, metric: 'CPU', unit: 'ns', value, reference, ratio, goal: atMost(1.15, 2) }),
    row({ case: name, metric: 'allocated', unit: 'bytes', value: bytes, goal: atMost(0, 0) }),
  ];
}

function agree(getter, counted, { keys, contexts }) {
  const at = keys.findIndex((key, index) => getter(key, contexts[index]) !== counted(key, contexts[index]));
  if (at >= 0)
    throw new Error(`getter and engine differ for ${keys[at]} and ${JSON.stringify(contexts[at])}`);
}
