import { describe, expect, it } from '@jest/globals';
import { podUrls, type SlicesOf } from './pod-urls.js';

const endpoint = (address: string, ready?: boolean) => ({ addresses: [address], conditions: { ready } });
const slicesOf: SlicesOf = async (namespace, service) => {
  if (`${service}.${namespace}` !== 'istiod.istio-system') return [];
  return [
    { endpoints: [endpoint('10.0.0.1', true), endpoint('10.0.0.2', false)] },
    {},
    { endpoints: [endpoint('10.0.0.3'), endpoint('fd00::4', true)] },
  ];
};

describe('the URLs of pods', () => {
  it.each([
    [
      'stand for themselves',
      ['http://127.0.0.1:8080', 'http://istiod:8080/'],
      ['http://127.0.0.1:8080', 'http://istiod:8080'],
    ],
    [
      'are those of all ready pods behind a Service',
      ['http://istiod.istio-system.svc:15014'],
      ['http://10.0.0.1:15014', 'http://10.0.0.3:15014', 'http://[fd00::4]:15014'],
    ],
    [
      'are each there once',
      ['http://istiod.istio-system.svc.cluster.local:15014', 'http://10.0.0.1:15014'],
      ['http://10.0.0.1:15014', 'http://10.0.0.3:15014', 'http://[fd00::4]:15014'],
    ],
    ['are none behind an empty Service', ['http://istiod.elsewhere.svc:15014'], []],
    ['are none for no URL', [], []],
  ])('%s', async (_, urls, found) => {
    expect(await podUrls(urls, slicesOf)).toEqual(found);
  });
});
