import { describe, expect, it } from '@jest/globals';
import { type CarrierOptions, resolveCarrierOptions } from './options.js';

const tells = (to: CarrierOptions['to'], address: string) =>
  resolveCarrierOptions({ to }).tells(new URL(address));

describe('the options of a carrier', () => {
  it.each([
    [{ trust: 'yes' }, 'trust must be true or false'],
    [{ readBaggage: 1 }, 'readBaggage must be true or false'],
    [{ to: ['*'] }, 'to must be a list of hosts'],
    [{ to: 'api.example.com' }, 'to must be a list of hosts'],
    [{ turst: true }, 'turst is no option'],
  ])('%j is refused by name', (options, message) => {
    expect(() => resolveCarrierOptions(options as CarrierOptions)).toThrow(message);
  });

  it('trust nobody unless they say so, and not where the question fails', () => {
    const request = new Request('http://checkout/');
    const answers = [undefined, true, false, () => true, (() => 'yes') as never, () => JSON.parse('{')].map(
      (trust) => resolveCarrierOptions({ trust }).trusts(request),
    );
    expect(answers).toEqual([false, true, false, true, false, false]);
  });

  it.each([
    [undefined, 'http://checkout/', true],
    [undefined, 'http://checkout:8080/pay', true],
    [undefined, 'http://checkout.shop.svc/', true],
    [undefined, 'http://checkout.shop.svc.cluster.local/', true],
    [undefined, 'http://localhost/', false],
    [undefined, 'http://127.0.0.1/', false],
    [undefined, 'http://[::1]/', false],
    [undefined, 'https://api.example.com/', false],
    [undefined, 'https://cluster.local.example.com/', false],
    [['api.example.com'], 'https://API.example.com/', true],
    [['api.example.com'], 'https://evil-api.example.com/', false],
    [['*.example.com'], 'https://a.b.example.com/', true],
    [['*.example.com'], 'https://example.com/', false],
    [['*.example.com'], 'https://badexample.com/', false],
    [[], 'http://checkout/', false],
    [({ port }: URL) => port === '81', 'https://api.example.com:81/', true],
  ] as const)('to %s: whether %s is told', (to, address, answer) => {
    expect(tells(to, address)).toBe(answer);
  });
});
