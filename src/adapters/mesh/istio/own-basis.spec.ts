import { describe, expect, it } from '@jest/globals';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { OwnBasis } from './own-basis.js';

function rule(resourceVersion: string): MeshObject {
  const metadata = { name: 'tg-checkout', namespace: 'shop', resourceVersion };
  return { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata };
}

describe('what the steps of a route rest on', () => {
  it.each([
    ['is not read again where it was read just now', 500, '2', 0, null],
    ['is read again once that is long ago', 501, '1', 1, null],
    ['is given up where somebody wrote meanwhile', 501, '2', 1, { status: 409 }],
    ['is given up where somebody removed it', 501, null, 1, { status: 409 }],
  ])('%s', async (_, age, version, reads, failure) => {
    let read = 0;
    const basis = new OwnBasis([rule('1')], 0, () => age);
    const confirmed = basis.confirm(async () => {
      read += 1;
      return version === null ? null : rule(version);
    });
    if (failure === null) await confirmed;
    else await expect(confirmed).rejects.toMatchObject(failure);
    expect(read).toBe(reads);
  });

  it('is what we wrote of it ourselves', async () => {
    const basis = new OwnBasis([rule('1')], 0, () => 501);
    basis.written(rule('2'));
    expect(basis.find(rule('1'))).toEqual(rule('2'));
    await basis.confirm(async () => rule('2'));
  });

  it('is looked at once more by who slept during the look', async () => {
    let now = 501;
    const basis = new OwnBasis([rule('1')], 0, () => now);
    let read = 0;
    const confirmed = basis.confirm(async () => {
      if (++read > 1) return rule('2');
      now += 6_000;
      return rule('1');
    });
    await expect(confirmed).rejects.toMatchObject({ status: 409 });
  });

  it('is gone on from where the server is too slow for any look to be fresh', async () => {
    let now = 501;
    const basis = new OwnBasis([rule('1')], 0, () => now);
    await basis.confirm(async () => {
      now += 6_000;
      return rule('1');
    });
  });
});
