import { describe, expect, it } from '@jest/globals';
import { checkoutRoute } from '../../test/contract/route-tables.js';
import { parseDocument } from './parse-document.js';
import { httpSettingsSchema, settingsOver } from './http-settings.js';

const faults = (settings: unknown): string[] => {
  const parsed = httpSettingsSchema.safeParse(settings);
  return (parsed.error?.issues ?? []).map(({ path }) => path.join('.'));
};

describe('HTTP settings', () => {
  it('may be all that a route of Istio does besides routing', () => {
    expect(
      faults({
        rewrite: { uriRegexRewrite: { match: '^/a/(.*)$', rewrite: '/\\1' }, authority: 'b.example.com' },
        timeout: '1.5s',
        retries: { attempts: 3, perTryTimeout: '0.2s', retryOn: '5xx,reset' },
        fault: { abort: { httpStatus: 503, percentage: { value: 0.1 } }, delay: { fixedDelay: '2s' } },
        corsPolicy: {
          allowOrigins: [{ exact: 'https://a.example' }, { regex: 'https://[a-z]+[.]example' }],
          allowMethods: ['GET', '*'],
          allowHeaders: ['x-a'],
          maxAge: '60s',
          allowCredentials: true,
        },
        headers: { request: { set: { 'x-a': '100%%' } }, response: { remove: ['server'] } },
      }),
    ).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['a redirect', { redirect: { uri: '/' } }, ''],
    ['a direct response', { directResponse: { status: 200 } }, ''],
    ['minutes', { timeout: '5m' }, 'timeout'],
    ['no time at all', { timeout: '0s' }, 'timeout'],
    ['retries that are off and say more', { retries: { attempts: 0, retryOn: '5xx' } }, 'retries'],
    ['a fault without effect', { fault: {} }, 'fault'],
    ['two ways to abort', { fault: { abort: { httpStatus: 500, grpcStatus: 'OK' } } }, 'fault.abort'],
    [
      'a share above all',
      { fault: { abort: { httpStatus: 500, percentage: { value: 101 } } } },
      'fault.abort.percentage.value',
    ],
    [
      'two rewrites of the path',
      { rewrite: { uri: '/', uriRegexRewrite: { match: 'a', rewrite: 'b' } } },
      'rewrite',
    ],
    [
      'a pattern that Envoy can’t read',
      { rewrite: { uriRegexRewrite: { match: '(?=a)', rewrite: 'b' } } },
      'rewrite.uriRegexRewrite.match',
    ],
    ['the host as a header', { headers: { request: { remove: ['Host'] } } }, 'headers.request.remove.0'],
    ['a header of ours', { headers: { request: { remove: ['x-tg-b'] } } }, 'headers.request.remove.0'],
    [
      'the targeting key',
      { headers: { request: { set: { 'x-tg-k': 'me' } } } },
      'headers.request.set.x-tg-k',
    ],
    [
      'a variable of the proxy',
      { headers: { response: { set: { 'x-a': '%NOPE%' } } } },
      'headers.response.set.x-a',
    ],
    ['a line break', { headers: { response: { add: { 'x-a': 'a\nb' } } } }, 'headers.response.add.x-a'],
    ['part of a second for browsers', { corsPolicy: { maxAge: '0.5s' } }, 'corsPolicy.maxAge'],
  ])('may not be %s', (_, settings, field) => {
    expect(faults(settings)).toEqual([field]);
  });

  it('of a rule stand over those of its route, field by field', () => {
    const route = { timeout: '1s', retries: { attempts: 2, retryOn: '5xx' } };
    expect(settingsOver(route, { retries: { attempts: 0 } })).toEqual({
      timeout: '1s',
      retries: { attempts: 0 },
    });
    expect(settingsOver(null, undefined)).toBeNull();
  });

  it('rewrite a prefix only where a rule asks for one', () => {
    const rewrite = { rewrite: { uri: '/' } };
    const [first, ...rest] = checkoutRoute().rules;
    expect(parseDocument('route', checkoutRoute({ http: rewrite }), '')).toMatchObject({
      errors: [{ code: 'INVALID_INPUT', field: 'http.rewrite.uri' }],
    });
    const onRule = checkoutRoute({ rules: [{ ...first!, http: rewrite }, ...rest] });
    expect(parseDocument('route', onRule, '')).not.toHaveProperty('errors');
  });
});
