import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasSecret, readSecret } from './secret-ref.js';

describe('a secret that something refers to', () => {
  it.each<[string, { readonly [name: string]: string }, boolean]>([
    ['env:COUNTS', { COUNTS: 's3cret' }, true],
    ['env:COUNTS', { COUNTS: '  ' }, false],
    ['env:COUNTS', {}, false],
    ['env:constructor', {}, false],
  ])('is known to be there or not, and read: %s of %j', async (ref, env, isThere) => {
    expect(hasSecret(ref, env)).toBe(isThere);
    const reading = readSecret(ref, env);
    await (isThere
      ? expect(reading).resolves.toBe('s3cret')
      : expect(reading).rejects.toMatchObject({ code: 'CONFIG_INVALID' }));
  });

  it('may be in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'secret-'));
    const ref = `file:${join(folder, 'counts')}`;
    expect(hasSecret(ref)).toBe(false);
    await writeFile(join(folder, 'counts'), 's3cret\n');
    expect(hasSecret(ref)).toBe(true);
    expect(await readSecret(ref)).toBe('s3cret');
    await rm(folder, { recursive: true });
  });
});
