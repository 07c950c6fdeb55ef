import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RolloutOutlook } from '../../src/schema.types.js';
import type { Api, ApiPayload, Arguments } from '../support/api.js';
import { createSamples, ENVIRONMENT, FLAG, inProduction } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { until } from './until.js';

const ALLOWED = 'https://counts.shop.example:8443/';
const QUERY = { bad: 'bad', total: 'all', arm: { label: 'version', new: 'v2', control: 'v1' } };

let app: App;
let api: Api;

beforeAll(async () => {
  app = await App.start({
    settings: { TIDEGATE_METRIC_WEBHOOKS: ALLOWED, TIDEGATE_METRIC_SECRETS: 'env:PATH' },
  });
  api = app.api();
  await createSamples(api);
}, 60_000);

afterAll(() => app?.stop());

const ELSEWHERE = 'staging';
const UNSEEING = { source: 'prometheus', query: QUERY, margin: 2 } as const;
const UNSEEN = {
  flag: { key: FLAG.key, new: 'on', control: 'off' },
  steps: [{ weight: 1_000, hold: 60 }, { weight: 100_000 }],
};

interface Scheduled {
  readonly edges: readonly { readonly node: Pick<ApiPayload, 'warnings'> }[];
}

const toldIn = ({ warnings: told = [] }: Pick<ApiPayload, 'warnings'>): string[] =>
  told.filter(({ code }) => code === 'SOURCE_NOT_SET_UP').map(({ field }) => field);
const warnings = async (operation: string, input: Arguments): Promise<string[]> =>
  toldIn(await api.do(operation, inProduction(input)));

describe('a source that is not set up', () => {
  it.each([
    ['nowhere.example', 'env:NOT_SET_ANYWHERE', ['webhook.url', 'webhook.secretRef']],
    ['counts.shop.example:8443', 'env:NOT_SET_ANYWHERE', ['webhook.secretRef']],
    ['counts.shop.example:8443', 'env:HOME', ['webhook.secretRef']],
    ['counts.shop.example:8443', `file:${import.meta.filename}`, ['webhook.secretRef']],
    ['counts.shop.example', 'env:PATH', ['webhook.url']],
    ['counts.shop.example:8443', 'env:PATH', []],
  ])('is told of where a guard asks %s with %s', async (host, secretRef, expected) => {
    const webhook = { url: `https://${host}/errors`, secretRef };
    const input = { key: 'asking', source: 'webhook', margin: 2, webhook, dryRun: true };
    expect(await warnings('createGuard', input)).toEqual(expected);
  });

  it('is told of in the same words where a secret is not there and where guards may not name it', async () => {
    const refs = ['env:NOT_SET_ANYWHERE', 'env:HOME', 'file:/nowhere', `file:${import.meta.filename}`];
    const words = refs.map(async (secretRef) => {
      const webhook = { url: `${ALLOWED}errors`, secretRef };
      const input = { key: 'prying', source: 'webhook', margin: 2, webhook, dryRun: true };
      const { warnings: told = [] } = await api.do('createGuard', inProduction(input));
      return told.map(({ message }) => message.replace(secretRef, 'it'));
    });
    expect(new Set((await Promise.all(words)).flat())).toEqual(
      new Set([
        'Nothing can be signed with it here: guard "prying" will be blind until TIDEGATE_METRIC_SECRETS lists it and there is a secret behind it.',
      ]),
    );
  });

  it('is told of where a guard is made, a rollout with it is made, and that is started', async () => {
    const guard = { key: 'unseeing', ...UNSEEING };
    expect(await warnings('createGuard', guard)).toEqual(['source']);
    const rollout = { ...UNSEEN, key: 'unseen', guards: ['checkout-errors', guard.key] };
    expect(await warnings('createRollout', rollout)).toEqual(['guards.1']);
    expect(await warnings('startRollout', { key: rollout.key })).toEqual(['guards.1']);
  });

  it('is told of where a guard or a rollout with it comes from another environment, or back', async () => {
    await api.do('createEnvironment', { key: ELSEWHERE });
    const guard = { key: 'copied', ...UNSEEING };
    await api.do('createGuard', inProduction(guard));
    await api.do('createGuard', inProduction({ key: 'unused', ...UNSEEING }));
    const rollout = { ...UNSEEN, key: 'copied-too', guards: [guard.key] };
    await api.do('createRollout', inProduction(rollout));
    const documents = [{ kind: 'rollout', key: rollout.key }];
    const copy = { from: ENVIRONMENT, to: ELSEWHERE, documents, withNeeded: true };
    expect(toldIn(await api.do('promoteChanges', copy))).toEqual([
      'documents.0.guards.0',
      'withNeeded.source',
    ]);
    const { revision } = await api.do('deleteGuard', inProduction({ key: 'unused' }));
    expect(await warnings('revert', { revision })).toEqual(['revision.source']);
  });

  it('is told of where a guard is scheduled, and kept beside what was applied', async () => {
    const input = {
      key: 'later',
      changes: [{ kind: 'guard', key: 'scheduled', value: UNSEEING }],
      applyAt: new Date(Date.now() + 1_500).toISOString(),
    };
    expect(await warnings('scheduleChange', input)).toEqual(['changes.0.value.source']);
    const applied = await until(async () => {
      const { edges } = await api.ask<Scheduled>('scheduledChanges', inProduction({ status: 'applied' }));
      return edges[0]?.node ?? null;
    }, 40_000);
    expect(toldIn(applied)).toEqual(['changes.0.value.source']);
  });
});

describe('a guard that hardly ever trips', () => {
  it('is told of when it is made, when it is edited, and in the outlook of a rollout', async () => {
    const told = async (operation: string, input: Arguments): Promise<string[]> => {
      const { warnings: found = [] } = await api.do(operation, inProduction(input));
      return found.filter(({ code }) => code === 'HARDLY_TRIPS').map(({ field }) => field);
    };
    const key = 'deaf';
    const events = { flag: FLAG.key, bad: 'failed' };
    expect(await told('createGuard', { key, source: 'events', events, margin: 1.2, phi: 1_000 })).toEqual([
      'phi',
    ]);
    expect(await told('updateGuard', { key, phi: 2, margin: 50 })).toEqual(['margin']);
    await api.do('createRollout', inProduction({ ...UNSEEN, key: 'unstopped', guards: [key] }));
    const { guards } = await api.ask<RolloutOutlook>('rolloutOutlook', inProduction({ key: 'unstopped' }));
    expect(guards).toMatchObject([{ warnings: [{ code: 'HARDLY_TRIPS', field: 'margin' }] }]);
    expect(await told('updateGuard', { key, margin: 1.2 })).toEqual([]);
  });
});
