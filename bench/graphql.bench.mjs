import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Load, post } from './clients/load-process.mjs';
import { flags, segments } from './flag-mix.mjs';
import { atLeast, row } from './row.mjs';
import { Contestant } from './servers/contestant.mjs';
import { adminHeaders, ENVIRONMENT, Service } from './servers/service.mjs';

const REST = fileURLToPath(new URL('./servers/rest-flags.mjs', import.meta.url));
const QUERY = `query ($environment: ID!) {
  flags(environment: $environment, first: 50) {
    edges { node { key revision type description owner tags lifetime enabled defaultVariant } }
  }
}`;

/**
 * A list of 50 flags with nine fields each by the real service, authentication and roles included, beside fastify that
 * sends the same JSON, held ready, by a response schema and asks nobody who they are: CPU per request.
 */
export async function run({ short }) {
  const load = new Load();
  const service = await Service.start();
  let rest;
  try {
    await service.setUp({ flags: flags(50), segments });
    const body = JSON.stringify({ query: QUERY, variables: { environment: ENVIRONMENT } });
    const answer = { data: await service.query(QUERY, { environment: ENVIRONMENT }) };
    rest = await Contestant.start(REST, { env: { ANSWER: JSON.stringify(answer) } });
    const same = await (
      await fetch(`${rest.url}/flags`, { method: 'POST', headers: adminHeaders, body })
    ).json();
    if (answer.data.flags.edges.length !== 50 || !isDeepStrictEqual(same, answer))
      throw new Error('the two answer differently');
    const { ratio, ...figures } = await load.measure(
      [
        { contestant: service, requests: [post('/graphql', adminHeaders, body)] },
        { contestant: rest, requests: [post('/flags', adminHeaders, body)] },
      ],
      short ? 300 : 1_000,
    );
    return [
      row({
        case: '50 flags of 9 fields',
        metric: 'CPU per request; ratio = speed',
        unit: 'µs',
        ...figures,
        ratio: 1 / ratio,
        goal: atLeast(0.45, 0.12),
      }),
    ];
  } finally {
    load.stop();
    await rest?.stop();
    await service.stop();
  }
}
