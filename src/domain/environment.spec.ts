import { describe, expect, it } from '@jest/globals';
import { EVENT_KINDS } from './event-kind.js';
import { identitySchema, webhookSchema } from './environment.js';

const WEBHOOK = { url: 'https://hooks.example.com/x', secretRef: 'env:HOOK', events: ['*'] };

const faultsIn = (fields: object): string[] =>
  webhookSchema.safeParse({ ...WEBHOOK, ...fields }).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('a webhook', () => {
  it('takes every kind of event there is, and the star', () => {
    expect(faultsIn({ events: ['*', ...EVENT_KINDS] })).toEqual([]);
  });

  it.each(['tripp', 'Trip', '', 'trip*'])('is refused for "%s", which no event is', (kind) => {
    expect(faultsIn({ events: ['abort', kind] })).toEqual(['events.1']);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://100.100.100.200/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:169.254.169.254]/',
    'ftp://hooks.example.com/',
    'javascript:alert(1)',
    'hooks.example.com',
  ])('is refused for %s, which is never called', (url) => {
    expect(faultsIn({ url })).toEqual(['url']);
    expect(identitySchema.safeParse({ issuer: 'i', jwksUri: url }).success).toBe(false);
  });

  it.each([
    'http://127.0.0.1:8080/hook',
    'http://10.0.0.8/',
    'https://[2001:db8::1]/',
    'https://169.254.169.254.example.com/',
  ])('may be at %s', (url) => {
    expect(faultsIn({ url })).toEqual([]);
    expect(identitySchema.safeParse({ issuer: 'i', jwksUri: url }).success).toBe(true);
  });
});
