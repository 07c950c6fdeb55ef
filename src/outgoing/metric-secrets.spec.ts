import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '../domain/problem.js';
import { MetricSecrets } from './metric-secrets.js';

const ENV = { COUNTS: 's3cret', EMPTY: ' ', ADMIN: 'not for guards' };

let folder: string;
let there: string;
let missing: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metric-secrets-'));
  there = `file:${join(folder, 'there')}`;
  missing = `file:${join(folder, 'missing')}`;
  await writeFile(join(folder, 'there'), 's3cret\n');
});

afterAll(() => rm(folder, { recursive: true }));

const secrets = (...listed: string[]): MetricSecrets => new MetricSecrets(listed, ENV);
const refusal = async (of: MetricSecrets, ref: string): Promise<string> => {
  const error: Problem = await of.read(ref).then(
    () => Promise.reject(new Error('it was read')),
    (thrown: Problem) => thrown,
  );
  return `${error.code} ${error.message.replaceAll(ref, 'it')}`;
};

describe('a secret that a guard names', () => {
  it('is read where it is listed', async () => {
    const listed = secrets('env:COUNTS', there);
    expect([listed.has('env:COUNTS'), listed.has(there)]).toEqual([true, true]);
    expect(await listed.read('env:COUNTS')).toBe('s3cret');
    expect(await listed.read(there)).toBe('s3cret');
  });

  it('is refused in the same words whether it is not listed or not there', async () => {
    const listed = secrets('env:COUNTS', 'env:EMPTY', 'env:NOT_THERE', missing);
    const refused = ['env:EMPTY', 'env:NOT_THERE', missing, 'env:ADMIN', 'env:UNKNOWN', there];
    expect(refused.map((ref) => listed.has(ref))).toEqual(refused.map(() => false));
    const words = new Set(await Promise.all(refused.map((ref) => refusal(listed, ref))));
    expect([...words]).toEqual([
      'CONFIG_INVALID TIDEGATE_METRIC_SECRETS does not list it, or there is no secret behind it.',
    ]);
  });

  it('is listed as it is written, and no other way to the same file is', () => {
    const around = there.replace(/there$/, '../' + (folder.split('/').at(-1) ?? '') + '/there');
    expect(secrets(there).has(around)).toBe(false);
    expect(secrets(`file:${folder}`).has(there)).toBe(false);
  });

  it('is none where nothing is listed', () => {
    expect(secrets().has('env:COUNTS')).toBe(false);
  });
});
