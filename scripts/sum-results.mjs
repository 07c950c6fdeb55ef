// Adds up jest summaries; a missing one, a skipped test or no test at all is a failure. Last line: "N passed, N failed".
import { existsSync, readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`${file}: not run`);
    failed += 1;
    continue;
  }
  const summary = JSON.parse(readFileSync(file, 'utf8'));
  const skipped = summary.numPendingTests + summary.numTodoTests;
  if (skipped > 0) console.log(`${file}: ${skipped} skipped, which counts as failed`);
  const broken = summary.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
  ).length;
  const retried = summary.testResults.flatMap((suite) =>
    suite.assertionResults.filter(({ invocations }) => invocations > 1).map(({ fullName }) => fullName),
  );
  for (const name of retried) console.log(`second try: ${name}`);
  const failures = summary.testResults.flatMap((suite) =>
    suite.assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  for (const name of failures) console.log(`failed: ${name}`);
  passed += summary.numPassedTests;
  failed += summary.numFailedTests + skipped + broken;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
