// Runs one suite of bench/: npm run bench -- <suite> [--json FILE]. Prints its table; exits 1 when a goal is missed.
import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const suites = readdirSync('bench')
  .filter((name) => name.endsWith('.mjs') && name !== 'measure.mjs')
  .map((name) => name.replace('.mjs', ''));
const [name] = positionals;
if (name === undefined || !suites.includes(name)) {
  console.error(`usage: npm run bench -- <suite> [--json FILE]; suites: ${suites.join(', ')}`);
  process.exit(2);
}
const { run, suite } = await import(`../bench/${name}.mjs`);
const rows = await run();
console.table(
  rows.map(({ case: what, metric, value, unit, reference, ratio, goal, ok }) => ({
    case: what,
    metric: `${metric} (${unit})`,
    value: Number(value.toPrecision(3)),
    reference: Number(reference.toPrecision(3)),
    ratio: Number(ratio.toFixed(2)),
    goal,
    ok,
  })),
);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ suite, rows }, null, 2)}\n`);
if (rows.some(({ ok }) => ok === false)) process.exit(1);
