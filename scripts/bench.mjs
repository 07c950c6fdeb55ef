// Runs suites of bench/: npm run bench -- <suite> [--short] [--json FILE]. Prints the table; exits 1 when a goal is missed.
// With --ci: all suites named (none named: all) in their short form, held to the margins that noise can't trip; BENCH_SUMMARY
// names a file for the counts.
import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, ci: { type: 'boolean' }, short: { type: 'boolean' } },
});
const suites = readdirSync('bench')
  .filter((name) => name.endsWith('.bench.mjs'))
  .map((name) => name.replace('.bench.mjs', ''));
const named = positionals.length === 0 && values.ci === true ? suites : positionals;
if (named.length === 0 || named.some((name) => !suites.includes(name)) || (named.length > 1 && !values.ci)) {
  console.error(
    `usage: npm run bench -- <suite> [--short] [--json FILE], or --ci [suite …]; suites: ${suites.join(', ')}`,
  );
  process.exit(2);
}

let passed = 0;
let failed = 0;
const missed = [];
for (const name of named) {
  const { run } = await import(`../bench/${name}.bench.mjs`);
  const rows = await run({ short: values.ci === true || values.short === true });
  print(name, rows);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(published(name, rows), null, 2)}\n`);
  const judged = rows
    .map((row) => ({ row, ok: values.ci ? row.okInCi : row.ok }))
    .filter(({ ok }) => ok !== null);
  const misses = judged.filter(({ ok }) => !ok);
  passed += judged.length - misses.length;
  failed += misses.length;
  missed.push(
    ...misses.map(({ row }) => `${name}: ${row.case}, ${row.metric} was ${figure(row.ratio ?? row.value)}`),
  );
}
if (process.env.BENCH_SUMMARY !== undefined) {
  const counts = { numPassedTests: passed, numFailedTests: failed, numPendingTests: 0, numTodoTests: 0 };
  const assertionResults = missed.map((fullName) => ({ fullName, status: 'failed' }));
  const testResults = [{ status: missed.length > 0 ? 'failed' : 'passed', assertionResults }];
  writeFileSync(process.env.BENCH_SUMMARY, JSON.stringify({ ...counts, testResults }));
}
process.exit(failed > 0 ? 1 : 0);

function print(suite, rows) {
  console.log(suite);
  console.table(
    rows.map(({ case: what, metric, value, unit, reference, ratio, goal, ok, asserted, okInCi }) => ({
      case: what,
      metric: `${metric} (${unit})`,
      value: figure(value),
      reference: figure(reference),
      ratio: figure(ratio),
      goal,
      ok,
      ...(values.ci ? { asserted, holds: okInCi } : {}),
    })),
  );
}

function published(suite, rows) {
  return {
    suite,
    rows: rows.map(({ case: what, metric, value, unit, reference, ratio, goal, ok }) => ({
      case: what,
      metric,
      value,
      unit,
      reference,
      ratio,
      goal,
      ok,
    })),
  };
}

function figure(number) {
  return number === null ? null : Number(number.toPrecision(3));
}
