import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import type { Route } from '@tidegate/sdk/engine';
import { evaluationFailureSchema, evaluationSuccessSchema } from '../../src/evaluation/contract.js';
import type { EvaluationVectors } from '../vectors/vectors.js';
import { EvaluationApp } from './evaluation-app.js';
import { openStore, type OpenStore } from './open-store.js';
import { until } from './until.js';

type Vector = EvaluationVectors['cases'][number];
type FlagCase = Extract<Vector, { flag: string }>;

const folder = new URL('../vectors/evaluate/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

/** A route that refers to every segment, so that the SDK writes them all into its headers. */
function askForSegments(segments: readonly { readonly key: string }[]): Route {
  return {
    key: 'every-segment',
    description: '',
    service: 'every-segment.test.svc.cluster.local',
    port: 80,
    gateways: [],
    mesh: true,
    versions: { v1: {} },
    salt: 's',
    bucketBy: ['targetingKey'],
    rules: segments.map(({ key }) => ({
      id: key,
      condition: { operator: 'inSegment', value: key },
      serve: { version: 'v1' },
    })),
    default: 'v1',
    closed: null,
  };
}

describe('the vectors, over the wire', () => {
  let opened: OpenStore;
  let app: EvaluationApp;
  let client: TidegateClient;
  let revision = 0;

  beforeAll(async () => {
    opened = await openStore();
    app = new EvaluationApp(opened.store);
    await app.begin();
    client = createClient({ url: app.url, key: app.tokens.server });
    client.on('change', (change) => (revision = change.revision));
    await client.ready();
  });
  afterAll(async () => {
    await client.close();
    await app.stop();
    await opened.close();
  });

  async function throughOfrep({ flag, context, expect: expected }: FlagCase): Promise<void> {
    const path = `/ofrep/v1/evaluate/flags/${encodeURIComponent(flag)}`;
    const { status, body } = await app.ask(path, { body: { context } });
    if (expected.errorCode !== undefined) {
      expect(evaluationFailureSchema.parse(body).errorCode).toBe(expected.errorCode);
      return;
    }
    const { key, value, reason, variant, metadata } = evaluationSuccessSchema.parse(body);
    expect({ status, key, value, reason, variant, rule: metadata['rule'] ?? null }).toEqual({
      status: 200,
      key: flag,
      value: expected.value,
      reason: expected.reason,
      variant: expected.value === undefined ? '' : expected.variant,
      rule: expected.rule,
    });
  }

  function throughSdk({ flag, context, expect: expected }: FlagCase): void {
    const { value, variant, reason, rule, errorCode } = client.details(flag, context, null);
    expect({ value, variant, reason, rule, errorCode }).toEqual({
      ...expected,
      value: expected.value ?? null,
    });
  }

  function throughHeaders(vector: Exclude<Vector, FlagCase>): void {
    const headers = client.routeHeaders(vector.context);
    if ('segment' in vector) {
      expect(headers['x-tg-s'].split(',').includes(vector.segment)).toBe(vector.expect.member);
      return;
    }
    const { bucket } = vector.expect;
    const written = headers['x-tg-b'].split(',').find((pair) => pair.startsWith(`${vector.route}=`));
    if (bucket === null) expect(written).toBeUndefined();
    else if (bucket !== undefined) expect(written).toBe(`${vector.route}=${String(bucket).padStart(4, '0')}`);
  }

  it.each(files)('%s: OFREP and SDK answer as the engine does', async (file) => {
    const { snapshot, cases } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as EvaluationVectors;
    const routes = [...snapshot.routes, askForSegments(snapshot.segments)];
    const written = await app.load({ ...snapshot, routes });
    await until(() => revision === written);
    for (const vector of cases) {
      if ('flag' in vector) {
        throughSdk(vector);
        await throughOfrep(vector);
      } else throughHeaders(vector);
    }
  });
});
