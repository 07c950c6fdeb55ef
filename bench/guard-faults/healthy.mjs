import { HealthyReleases } from '../../test/support/healthy-releases.ts';
import { atMost, row } from '../row.mjs';

const RELEASES = 20;
const PER_SECOND = 20;
const STEPS = [
  { weight: 20_000, hold: 30 },
  { weight: 50_000, hold: 30 },
  { weight: 100_000, hold: 0 },
];
/** What a rule of success looks at, and how often, ms. */
const LOOK = 10_000;
const LEAST = 0.99;

/** Twenty healthy releases whose versions fail one request in a hundred, and what a rule of 99 % says of the same requests. */
export async function healthyReleases(stage) {
  const names = Array.from({ length: RELEASES }, (_, index) => `healthy-${index}`);
  const releases = await HealthyReleases.start(stage, { names, steps: STEPS, perSecond: PER_SECOND });
  try {
    await releases.untilEnded();
  } finally {
    await releases.stop();
  }
  const tokens = await releases.tokens();
  const passed = tokens.filter((token) => token?.endsWith('.completed')).length;
  const stopped = names.filter((name) => isStopped(releases.answersOf(name))).length;
  return [
    row({
      case: `${RELEASES} healthy releases with 1 % of bad requests, ${PER_SECOND} requests a second each`,
      metric: 'did not pass',
      unit: 'releases',
      value: RELEASES - passed,
      goal: atMost(0),
    }),
    row({
      case: 'the same requests, by a rule: 99 % of the new version’s of the last 10 s must be good',
      metric: 'rolled back',
      unit: 'releases',
      value: stopped,
    }),
  ];
}

/** Whether the rule would have stopped a release at one of its looks. */
function isStopped(answers) {
  const own = answers.filter(({ version }) => version === 'v2');
  const begun = own[0]?.sent ?? 0;
  const looks = new Map();
  for (const { sent, failure } of own) {
    const look = Math.floor((sent - begun) / LOOK);
    const { total, bad } = looks.get(look) ?? { total: 0, bad: 0 };
    looks.set(look, { total: total + 1, bad: bad + (failure === null ? 0 : 1) });
  }
  return [...looks.values()].some(({ total, bad }) => 1 - bad / total < LEAST);
}
