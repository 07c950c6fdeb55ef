import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MeshObject } from './mesh-object.js';
import { objectsIn, yamlOf } from './yaml-text.js';

const objectWith = (spec: MeshObject['spec']): MeshObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'tg-checkout-gw', namespace: 'shop' },
  spec,
});

describe('the YAML of objects', () => {
  it.each([
    'y',
    'no',
    'on',
    'null',
    '~',
    '0421',
    '1_000',
    '12:30',
    '1e3',
    '2026-01-02',
    '*',
    '&a',
    '@b',
    ': ',
  ])('keeps the text %p text for a reader of YAML 1.1', (text) => {
    const [line = ''] = yamlOf([objectWith({ text })])
      .split('\n')
      .filter((line) => line.includes('text:'));
    expect(line.trim()).toBe(`text: '${text}'`);
  });

  it('comes back as it went out, whatever the texts', () => {
    const spec = fc.dictionary(
      fc.string({ minLength: 1 }),
      fc.oneof(fc.string(), fc.array(fc.string()), fc.nat()),
    );
    fc.assert(
      fc.property(fc.array(spec.map(objectWith), { maxLength: 3 }), (objects) => {
        expect(JSON.stringify(objectsIn(yamlOf(objects)))).toBe(JSON.stringify(objects));
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a text', 'hello'],
    ['a list', '- kind: VirtualService'],
    ['an object without a name', 'kind: VirtualService\nmetadata: {}'],
    ['references that multiply', 'a: &a [x, x]\nb: &b [*a, *a]\nkind: *b\nmetadata: *b'],
  ])('is not found in %s', (_, text) => {
    expect(objectsIn(text)).toEqual([]);
  });
});
