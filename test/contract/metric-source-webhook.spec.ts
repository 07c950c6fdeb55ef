import { WebhookMetricSource } from '../../src/adapters/metrics/webhook/webhook-metric-source.js';
import type { GuardSubject } from '../../src/domain/guard/guard-subject.js';
import { MetricSecrets } from '../../src/outgoing/metric-secrets.js';
import { OutgoingCalls } from '../../src/outgoing/outgoing-calls.js';
import { CountingServer, type CountsQuestion } from '../support/counting-server.js';
import { type More, subjectOf } from './metric-ground.js';
import { describeMetricSource } from './metric-source.contract.js';

const SECRET = 'env:COUNTS';
const SECRETS = new MetricSecrets([SECRET], { COUNTS: 'a secret that signs' });

interface Happened {
  readonly traffic: string;
  readonly at: number;
  readonly new: More;
  readonly control: More;
}

describeMetricSource('a webhook', async () => {
  const happened: Happened[] = [];
  let now = 1_700_000_001_234;
  let isAway = false;

  /** What the arms had of the subject in a span; of nothing it knows nothing. */
  function counted({ from, to, subject }: CountsQuestion): object {
    const some = happened.filter(({ traffic, at }) => subject === `flag/${traffic}` && at > from && at <= to);
    const sum = (arm: 'new' | 'control', field: keyof More): number =>
      some.reduce((all, one) => all + one[arm][field], 0);
    const of = (arm: 'new' | 'control'): More | null =>
      some.length === 0 ? null : { bad: sum(arm, 'bad'), total: sum(arm, 'total') };
    return { from, to, new: of('new'), control: of('control') };
  }

  const server = await CountingServer.start((question, response) => {
    if (isAway) response.destroy();
    else if (question.subject === 'flag/sick') response.writeHead(500).end();
    else response.end(JSON.stringify(counted(question)));
  });

  function subject(traffic: string, key = 'g', url = server.url, secretRef = SECRET): GuardSubject {
    return subjectOf({ key, source: 'webhook', webhook: { url, secretRef } }, { on: `flag/${traffic}` });
  }
  return {
    source: () =>
      new WebhookMetricSource({
        calls: new OutgoingCalls([server.address]),
        allowed: [server.url],
        secrets: SECRETS,
      }),
    subject,
    broken: [
      { subject: subject('readable', 'unlisted', 'http://127.0.0.1:1/counts'), code: 'NO_SOURCE' },
      { subject: subject('readable', 'secretless', server.url, 'env:PATH'), code: 'NO_SOURCE' },
      { subject: subject('sick'), code: 'ERROR_ANSWERED' },
      { subject: subjectOf({ key: 'bare', source: 'webhook' }), code: 'NOT_READABLE' },
    ],
    happen: (traffic, more) => {
      happened.push({ traffic, at: now, ...more });
      return Promise.resolve();
    },
    pass: () => Promise.resolve((now += 5_000)),
    away: () => Promise.resolve(void (isAway = true)),
    back: () => Promise.resolve(void (isAway = false)),
    stop: () => Promise.resolve(server.close()),
  };
});
