import { describe, expect, it } from '@jest/globals';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { OwnWrites } from './own-writes.js';

const owner = 'production/checkout';

function at(resourceVersion: string): MeshObject {
  const metadata = {
    name: 'tg-checkout',
    namespace: 'shop',
    resourceVersion,
    annotations: { 'tidegate.io/owner': owner },
  };
  return { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata };
}

describe('a write of ours', () => {
  let now = 0;
  const writes = () => new OwnWrites(() => now);

  it('is pending until the watch shows it, and known as ours then', () => {
    const own = writes();
    own.note(at('8'), '8', at('7'));
    expect([own.isPending(owner), own.isPending('production/other')]).toEqual([true, false]);
    expect(own.isOurs(at('7'))).toBe(false);
    expect(own.isOurs(at('8'))).toBe(true);
    expect(own.isPending(owner)).toBe(false);
    expect(own.isOurs(at('8'))).toBe(false);
  });

  it('that the watch has shown before its answer came is not pending', () => {
    const own = writes();
    own.note(at('8'), '8', at('8'));
    expect(own.isPending(owner)).toBe(false);
  });

  it('stands in a list of the watch before that shows it', () => {
    const own = writes();
    own.note(at('8'), '8', at('7'));
    expect(own.over([at('7')], 'DestinationRule')).toEqual([at('8')]);
    expect(own.over([], 'DestinationRule')).toEqual([at('8')]);
    expect(own.over([], 'VirtualService')).toEqual([]);
    own.note(at('8'), null, at('8'));
    expect(own.over([at('8')], 'DestinationRule')).toEqual([]);
  });

  it('that removes an object is pending until the removal is shown', () => {
    const own = writes();
    own.note(at('8'), null, at('8'));
    expect(own.isPending(owner)).toBe(true);
    expect(own.isOurs(at('9'))).toBe(false);
    expect(own.isOurs(at('9'), true)).toBe(true);
    expect(own.isPending(owner)).toBe(false);
  });

  it('that is never shown, as something newer stands, is waited for for five seconds', () => {
    const own = writes();
    own.note(at('8'), '8', at('7'));
    now += 4_999;
    expect(own.isPending(owner)).toBe(true);
    now += 1;
    expect(own.isPending(owner)).toBe(false);
  });
});
