import { describe, expect, it } from '@jest/globals';
import { imageOf } from '../../test/support/image.js';
import { draft, imageWith, plan, propose } from '../../test/support/proposals.js';
import { type GuardInput, guardSchema } from './guard.js';
import { startRollout } from './rollout/start.js';
import type { SourceSetup } from './source-setup.js';
import { sourceWarnings } from './source-warnings.js';

const guardOf = (input: Partial<GuardInput>) =>
  guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', ...input });
const EVENTS = { source: 'events', template: null, events: { flag: 'checkout', bad: 'error' } } as const;
const WEBHOOK = {
  source: 'webhook',
  template: null,
  webhook: { url: 'https://counts.shop:8443/errors', secretRef: 'env:COUNTS' },
} as const;
const onThisMachine = (url: string) =>
  ({ ...WEBHOOK, webhook: { ...WEBHOOK.webhook, url } }) satisfies Partial<GuardInput>;
const SETUP: SourceSetup = {
  servers: [null],
  webhooks: ['https://counts.shop:8443/'],
  loopback: [],
  hasSecret: () => true,
};
const NOT_SET_UP = 'SOURCE_NOT_SET_UP at';

describe('a guard whose source is not set up here', () => {
  it.each<[string, Partial<GuardInput>, Partial<SourceSetup>, string[]]>([
    ['no Prometheus is set up', {}, { servers: [] }, [`${NOT_SET_UP} source`]],
    ['only a named one is, and it names none', {}, { servers: ['other'] }, [`${NOT_SET_UP} source`]],
    ['one is set up', {}, {}, []],
    ['it names one', { server: 'other' }, { servers: ['other'] }, []],
    ['it goes by events', EVENTS, { servers: [], webhooks: [] }, []],
    ['its webhook may be asked', WEBHOOK, {}, []],
    ['no webhook may be asked', WEBHOOK, { webhooks: [] }, [`${NOT_SET_UP} webhook.url`]],
    [
      'the webhook of another port may be asked',
      WEBHOOK,
      { webhooks: ['https://counts.shop/'] },
      [`${NOT_SET_UP} webhook.url`],
    ],
    [
      'its webhook is on this machine, which may not be called',
      onThisMachine('http://127.0.0.1/counts'),
      { webhooks: ['http://127.0.0.1/'], loopback: ['127.0.0.1:8080', 'localhost:80'] },
      [`${NOT_SET_UP} webhook.url`],
    ],
    [
      'its webhook is on this machine, which may be called',
      onThisMachine('http://localhost:9/counts'),
      { webhooks: ['http://localhost:9/'], loopback: ['localhost:9'] },
      [],
    ],
    ['nothing can be signed', WEBHOOK, { hasSecret: () => false }, [`${NOT_SET_UP} webhook.secretRef`]],
    [
      'its webhook may not be asked, and nothing can be signed',
      WEBHOOK,
      { webhooks: [], hasSecret: () => false },
      [`${NOT_SET_UP} webhook.url`, `${NOT_SET_UP} webhook.secretRef`],
    ],
  ])('says so where %s', (_, input, setup, expected) => {
    const found = sourceWarnings(guardOf(input), { ...SETUP, ...setup });
    expect(found.map(({ code, field }) => `${code} at ${field}`)).toEqual(expected);
  });

  it('says nothing where nobody can tell', () => {
    expect(sourceWarnings(guardOf({}), undefined)).toEqual([]);
  });

  it('names what would mend it', () => {
    const words = (input: Partial<GuardInput>): string =>
      sourceWarnings(guardOf(input), { servers: ['eu'], webhooks: [], loopback: [], hasSecret: () => false })
        .map(({ message }) => message)
        .join(' ');
    expect(words({})).toMatch(/TIDEGATE_PROMETHEUS_URL.*`server` is one of eu/);
    expect(words(WEBHOOK)).toMatch(
      /https:\/\/counts\.shop:8443.*TIDEGATE_METRIC_WEBHOOKS.*env:COUNTS.*TIDEGATE_METRIC_SECRETS/,
    );
    expect(words(onThisMachine('https://[::1]/'))).toMatch(
      /TIDEGATE_METRIC_WEBHOOKS lists it and TIDEGATE_OUTGOING_LOOPBACK lists ::1:443\./,
    );
  });

  it('is named by the rollout that it stands in, when that is made and when it is started', () => {
    const setup = { ...SETUP, servers: [] };
    const query = { bad: 'bad', total: 'all', arm: { label: 'version', new: 'v2', control: 'v1' } };
    const image = imageWith(imageOf(), draft.flag(), draft.guard({ template: null, query }));
    const flagOnly = draft.rollout({
      routes: [],
      steps: [
        { weight: 50_000, hold: 60 },
        { weight: 100_000, hold: 60 },
      ],
    });
    const made = plan(image, [propose(flagOnly)], { setup });
    const told = expect.objectContaining({ code: 'SOURCE_NOT_SET_UP', field: 'guards.0' });
    expect(made.errors).toEqual([]);
    expect(made.warnings).toContainEqual(told);
    const started = startRollout(imageWith(image, flagOnly), { rollout: 'roll', setup }, 1);
    expect(started.errors).toEqual([]);
    expect(started.warnings).toContainEqual(told);
  });
});
