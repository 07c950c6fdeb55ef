import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, type ApiAnswer, ROOT_FIELDS, sampleArguments } from '../support/api.js';
import { App } from '../support/app.js';

type Least =
  'viewer' | 'editor' | 'admin' | 'global admin' | 'viewer anywhere' | 'global viewer' | 'global editor';

/** The least that each operation asks of a token. A new one must be entered here, and state its role, to pass. */
const LEAST: Readonly<Record<string, Least>> = {
  ...of('viewer', 'revision environment explain history flag flags segment segments route routes'),
  ...of(
    'viewer',
    'guard guards guardReport guardEvidence guardSuggestion backTest verdicts replayVerdict rollout rollouts diff scheduledChanges search usage rolloutOutlook discovery bucketShare',
  ),
  ...of('editor', 'scheduleChange rescheduleChange cancelScheduledChange'),
  ...of('viewer anywhere', 'environments'),
  // The sample names two other environments, which only a global token reaches.
  ...of('global viewer', 'compareEnvironments'),
  ...of('global editor', 'promoteChanges'),
  // The sample is change 1, which wrote settings.
  ...of('admin', 'revert'),
  ...of(
    'editor',
    'applyChanges createFlag updateFlag enableFlag disableFlag deleteFlag archiveFlag restoreFlag',
  ),
  ...of('editor', 'addFlagRule replaceFlagRule moveFlagRule removeFlagRule setFlagSplit'),
  ...of('editor', 'createSegment updateSegment changeSegmentKeys deleteSegment'),
  ...of('editor', 'createRoute updateRoute closeRoute openRoute deleteRoute'),
  ...of('editor', 'addRouteRule replaceRouteRule moveRouteRule removeRouteRule setRouteSplit'),
  ...of('editor', 'createGuard updateGuard deleteGuard resetGuard'),
  ...of('editor', 'createRollout updateRollout deleteRollout'),
  ...of('editor', 'startRollout promoteRollout pauseRollout resumeRollout abortRollout overrideGuard'),
  ...of('admin', 'setIdentity setVisitors setWebhooks setVersionTemplates confirmStoreEmpty'),
  ...of(
    'global admin',
    'createEnvironment tokens createToken revokeToken gatewayEdge installEdge uninstallEdge',
  ),
};

const PASSES: Readonly<Record<string, readonly Least[]>> = {
  'no token': [],
  'an unknown token': [],
  'a client token': [],
  'a server token': [],
  'a metrics token': [],
  'a viewer of it': ['viewer', 'viewer anywhere'],
  'an editor of it': ['viewer', 'viewer anywhere', 'editor'],
  'an admin of it': ['viewer', 'viewer anywhere', 'editor', 'admin'],
  'an admin of another environment': ['viewer anywhere'],
  'a global viewer': ['viewer', 'viewer anywhere', 'global viewer'],
  'a global editor': ['viewer', 'viewer anywhere', 'editor', 'global viewer', 'global editor'],
};
const CODES: Readonly<Record<string, readonly [number, string]>> = {
  'no token': [401, 'UNAUTHENTICATED'],
  'an unknown token': [401, 'UNAUTHENTICATED'],
  'a client token': [403, 'FORBIDDEN'],
  'a server token': [403, 'FORBIDDEN'],
  'a metrics token': [403, 'FORBIDDEN'],
};

let app: App;
let api: Api;
const secrets: Record<string, string | null> = {
  'no token': null,
  'an unknown token': `tg_admin_${'A'.repeat(43)}`,
};

beforeAll(async () => {
  app = await App.start();
  api = app.api();
  for (const key of ['production', 'staging']) await api.do('createEnvironment', { key });
  const made = {
    'a client token': { kind: 'client', environments: ['production'] },
    'a server token': { kind: 'server', environments: ['production'] },
    'a metrics token': { kind: 'metrics', environments: ['production'] },
    'a viewer of it': { kind: 'admin', role: 'viewer', environments: ['production'] },
    'an editor of it': { kind: 'admin', role: 'editor', environments: ['production'] },
    'an admin of it': { kind: 'admin', role: 'admin', environments: ['production'] },
    'an admin of another environment': { kind: 'admin', role: 'admin', environments: ['staging'] },
    'a global viewer': { kind: 'admin', role: 'viewer' },
    'a global editor': { kind: 'admin', role: 'editor' },
  };
  for (const [name, fields] of Object.entries(made)) secrets[name] = await makeToken(name, fields);
}, 60_000);

afterAll(() => app?.stop());

async function makeToken(name: string, fields: object): Promise<string> {
  const { secret } = await api.do('createToken', { key: name.replaceAll(' ', '-'), ...fields });
  return String(secret);
}

describe('who may call what', () => {
  it('is stated for every query and mutation of the schema', () => {
    expect(Object.keys(LEAST).toSorted()).toEqual(ROOT_FIELDS.toSorted());
  });

  it.each(Object.keys(PASSES))('lets %s call just what its role and reach allow', async (name) => {
    const caller = api.as(secrets[name] ?? null);
    const passed: string[] = [];
    for (const field of ROOT_FIELDS) {
      const answer = await caller.call(field, sampleArguments(field, 'production'));
      const refusal = refusalOf(answer);
      if (refusal === undefined) passed.push(field);
      else expect([field, answer.status, refusal]).toEqual([field, ...(CODES[name] ?? [200, 'FORBIDDEN'])]);
    }
    const allowed = ROOT_FIELDS.filter((field) => PASSES[name]?.includes(LEAST[field] as Least));
    expect(passed).toEqual(allowed);
  });

  it('shows a token only the environments that it reaches', async () => {
    const environments = await api
      .as(secrets['a viewer of it'] ?? null)
      .ask<{ key: string }[]>('environments');
    expect(environments.map(({ key }) => key)).toEqual(['production']);
  });

  it('asks for the role admin where changes of an editor hold settings', async () => {
    const change = { kind: 'settings', key: 'environment', value: { webhooks: [] } };
    const args = { input: { environment: 'production', changes: [change], reason: 'A way round' } };
    const editor = await api.as(secrets['an editor of it'] ?? null).call('applyChanges', args);
    expect(refusalOf(editor)).toBe('FORBIDDEN');
    const admin = await api.as(secrets['an admin of it'] ?? null).call('applyChanges', args);
    expect(admin).toMatchObject({ errors: [], data: { applyChanges: { userErrors: [] } } });
  });

  it.each(['@registry', '@layout', '', '__proto__', 'pro/duction'])(
    'takes %j for no environment, not even for a global admin',
    async (environment) => {
      for (const field of ROOT_FIELDS) {
        const args = sampleArguments(field, environment);
        if (!JSON.stringify(args).includes('"environment"')) continue;
        const { data, errors } = await api.call(field, args);
        expect([field, errors.map(({ extensions }) => extensions?.code)]).toEqual([field, ['NOT_FOUND']]);
        expect(data?.[field] ?? null).toBeNull();
      }
    },
  );
});

describe('the front door', () => {
  const introspection = '{ __schema { queryType { name } } }';

  it('shows no schema without an admin token', async () => {
    for (const name of ['no token', 'an unknown token', 'a client token', 'a server token']) {
      const { status, data } = await api.as(secrets[name] ?? null).run(introspection);
      expect([status, data]).toEqual([CODES[name]?.[0], null]);
    }
  });

  it.each(['/%67raphql', '/graphql?', '/graphql?x=/healthz', 'absolute', '/./graphql', '//graphql'])(
    'has no side entrance by the spelling %s',
    async (path) => {
      const { status, text } = await post(path === 'absolute' ? `${app.url}/graphql` : path, introspection);
      expect([401, 404]).toContain(status);
      expect(text).not.toContain('queryType');
    },
  );

  it.each(['Basic', 'bearer x', 'Bearer', 'Bearer  ', `Bearer ${'x'.repeat(5_000)}`])(
    'knows nobody by the header %#',
    async (authorization) => {
      const body = JSON.stringify({ query: introspection });
      const { status, errors } = await api.as(null).send(body, { authorization });
      expect([status, errors[0]?.extensions?.code]).toEqual([401, 'UNAUTHENTICATED']);
    },
  );
});

describe('tokens', () => {
  it('show a secret once, and never their hash', async () => {
    const { secret, token } = await api.do('createToken', { key: 'seen', kind: 'admin', role: 'viewer' });
    expect(secret).toMatch(/^tg_admin_[\w-]{43}$/);
    expect(token).toMatchObject({ key: 'seen', kind: 'admin', role: 'viewer', environments: null });
    const again = await api.ask<object[]>('tokens');
    expect(JSON.stringify(again)).not.toContain(String(secret));
    expect(JSON.stringify([token, again])).not.toMatch(/[0-9a-f]{64}/);
    const { errors } = await api.run('{ tokens { hash } }');
    expect(errors[0]?.extensions?.code).toBe('INVALID_INPUT');
  });

  it('stop at once when they are revoked', async () => {
    const { secret } = await api.do('createToken', { key: 'short', kind: 'admin', role: 'viewer' });
    const caller = api.as(String(secret));
    expect((await caller.call('environments')).status).toBe(200);
    await expect(api.do('revokeToken', { key: 'short' })).resolves.toMatchObject({ token: { key: 'short' } });
    expect((await caller.call('environments')).status).toBe(401);
    expect(await api.mutate('revokeToken', { key: 'short' })).toMatchObject({
      token: null,
      userErrors: [{ field: 'key', code: 'NOT_FOUND' }],
    });
  });

  it('are not made by a dry run', async () => {
    const input = { key: 'dry', kind: 'admin', role: 'viewer', dryRun: true };
    await expect(api.do('createToken', input)).resolves.toMatchObject({
      token: { key: 'dry' },
      secret: null,
    });
    await expect(api.do('createToken', input)).resolves.toMatchObject({ secret: null });
  });

  it.each([
    [{ key: 'a b' }, 'key', 'INVALID_KEY'],
    [{ key: 'constructor' }, 'key', 'RESERVED_NAME'],
    [{ key: 'an-admin-of-it' }, 'key', 'DUPLICATE_KEY'],
    [{ role: null }, 'role', 'INVALID_INPUT'],
    [{ kind: 'server' }, 'role', 'INVALID_INPUT'],
    [{ kind: 'server', role: null }, 'environments', 'INVALID_INPUT'],
    [
      { kind: 'client', role: null, environments: ['production', 'staging'] },
      'environments',
      'INVALID_INPUT',
    ],
    [{ environments: [] }, 'environments', 'INVALID_INPUT'],
    [{ environments: ['staging', 'nowhere'] }, 'environments.1', 'DANGLING_REFERENCE'],
    [{ environments: ['Not A Key'] }, 'environments.0', 'INVALID_KEY'],
    [{ description: 'x'.repeat(2_001) }, 'description', 'TOO_LARGE'],
    [{ reason: ' ' }, 'reason', 'INVALID_INPUT'],
  ])('are refused by field and code: case %#', async (change, field, code) => {
    const before = await api.ask<object[]>('tokens');
    const payload = await api.mutate('createToken', {
      key: 'fresh',
      kind: 'admin',
      role: 'viewer',
      ...change,
    });
    expect(payload).toMatchObject({ token: null, secret: null });
    expect(payload.userErrors).toContainEqual(expect.objectContaining({ field, code }));
    expect(await api.ask('tokens')).toEqual(before);
  });
});

describe('the first token', () => {
  it('is made and said once where none is configured, and not again', async () => {
    const first = await App.start({ token: false });
    try {
      expect(first.said).toHaveLength(1);
      const secret = /(tg_admin_\S+)$/.exec(first.said[0] ?? '')?.[1] ?? '';
      expect(first.logged.join('')).not.toContain(secret);
      const tokens = await first.api(secret).ask('tokens');
      expect(tokens).toMatchObject([{ key: 'first-admin', role: 'admin', environments: null }]);
      await first.restart();
      expect(first.said).toHaveLength(1);
      expect((await first.api(secret).call('tokens')).status).toBe(200);
    } finally {
      await first.stop();
    }
  });
});

function refusalOf({ errors }: ApiAnswer): string | undefined {
  const codes = errors.map(({ extensions }) => extensions?.code);
  return codes.find((code) => code === 'UNAUTHENTICATED' || code === 'FORBIDDEN');
}

/** Past fetch, which would tidy the path up. */
function post(path: string, query: string): Promise<{ readonly status: number; readonly text: string }> {
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request({ hostname, port, path, method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ query }));
  });
}

function of(least: Least, names: string): Record<string, Least> {
  return Object.fromEntries(names.split(' ').map((name) => [name, least]));
}
