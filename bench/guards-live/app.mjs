import { createServer } from 'node:http';
import { createClient } from '@tidegate/sdk';
import { randomFrom } from '../guards/random.mjs';

/**
 * An app with two versions of its code behind a flag, for each run of its own: /buy/<run> asks the flag of that name for the user in
 * the header `x-user` and answers 200, or 500 as often as the version fails (shares in BASE and WORSE, drawn from the run's
 * number). /metrics counts both, /told/<run> is what was answered: [epoch ms, 1 by the new version or 0, 1 when bad or 0] each.
 */
const { PORT, TIDEGATE, TOKEN, BASE, WORSE } = process.env;
const FAILING = { v1: Number(BASE), v2: Number(WORSE) };
const tidegate = createClient({ url: TIDEGATE, key: TOKEN });
const runs = new Map();

function runOf(name) {
  const known = runs.get(name);
  if (known !== undefined) return known;
  const made = { random: randomFrom(Number(name)), answers: new Map(), told: [] };
  runs.set(name, made);
  return made;
}

function buy(name, user) {
  const run = runOf(name);
  const version = tidegate.boolean(`flag-${name}`, { targetingKey: user }, false) ? 'v2' : 'v1';
  const isBad = run.random() < FAILING[version];
  const series = `answers_total{arm="${name}-${version}",code="${isBad ? 500 : 200}"}`;
  run.answers.set(series, (run.answers.get(series) ?? 0) + 1);
  run.told.push([Date.now(), version === 'v2' ? 1 : 0, isBad ? 1 : 0]);
  return isBad ? 500 : 200;
}

function metrics() {
  const lines = [...runs.values()].flatMap(({ answers }) => [...answers]);
  return `# TYPE answers_total counter\n${lines.map(([series, count]) => `${series} ${count}\n`).join('')}`;
}

await tidegate.ready();
createServer(({ url, headers }, response) => {
  const [, what, name] = url.split('/');
  if (what === 'metrics') response.end(metrics());
  else if (what === 'told') response.end(JSON.stringify(runOf(name).told));
  else response.writeHead(buy(name, headers['x-user'])).end();
}).listen(Number(PORT), '127.0.0.1');
