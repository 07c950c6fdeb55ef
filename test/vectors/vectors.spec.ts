import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { bucket, compile, FLAG_WEIGHT_TOTAL, murmur3, ROUTE_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type { EvaluationVectors } from './vectors.js';

const folder = new URL('./evaluate/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

function read<T>(file: URL): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

describe.each(files)('evaluation vectors in %s', (file) => {
  const { snapshot, cases } = read<EvaluationVectors>(new URL(file, folder));
  const engine = compile(snapshot);

  it.each(cases.map((vector) => [JSON.stringify(vector), vector] as const))('%s', (_, vector) => {
    if ('segment' in vector) {
      expect(engine.isMember(vector.segment, vector.context)).toBe(vector.expect.member);
    } else if ('route' in vector) {
      const { bucket: expected, ...resolution } = vector.expect;
      expect(engine.evaluateRoute(vector.route, vector.context)).toEqual(resolution);
      if (expected !== undefined) expect(engine.bucketOfRoute(vector.route, vector.context)).toBe(expected);
    } else {
      const { value, variant, reason, rule, errorCode } = engine.evaluate(vector.flag, vector.context);
      expect({ value, variant, reason, rule, errorCode }).toEqual(vector.expect);
    }
  });
});

describe('bucket vectors', () => {
  interface BucketVectors {
    readonly cases: readonly { salt: string; key: string; hash: number; flag: number; route: number }[];
  }
  const { cases } = read<BucketVectors>(new URL('./bucket/buckets.json', import.meta.url));

  it.each(cases)('of salt $salt and key $key', ({ salt, key, hash, flag, route }) => {
    expect(murmur3(`${salt}:${key}`)).toBe(hash);
    expect(bucket(salt, key, FLAG_WEIGHT_TOTAL)).toBe(flag);
    expect(bucket(salt, key, ROUTE_WEIGHT_TOTAL)).toBe(route);
  });
});
