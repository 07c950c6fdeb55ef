import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

describe('readConfig', () => {
  it('has a default for everything that a first start needs', () => {
    expect(readConfig({})).toMatchObject({
      TIDEGATE_PORT: 8080,
      TIDEGATE_STORE: 'embedded',
      TIDEGATE_MESH: 'files',
    });
  });

  it('takes numbers and lists', () => {
    const config = readConfig({
      TIDEGATE_PORT: '9000',
      TIDEGATE_OUTGOING_LOOPBACK: '127.0.0.1:9999, localhost:1',
      TIDEGATE_METRIC_SECRETS: 'env:COUNTS, file:/run/counts',
    });
    expect(config.TIDEGATE_PORT).toBe(9000);
    expect(config.TIDEGATE_OUTGOING_LOOPBACK).toEqual(['127.0.0.1:9999', 'localhost:1']);
    expect(config.TIDEGATE_METRIC_SECRETS).toEqual(['env:COUNTS', 'file:/run/counts']);
  });

  it('takes places of this machine as the addresses of calls are compared with them', () => {
    const config = readConfig({ TIDEGATE_OUTGOING_LOOPBACK: 'LocalHost:80,[::1]:443,::1:8443' });
    expect(config.TIDEGATE_OUTGOING_LOOPBACK).toEqual(['localhost:80', '::1:443', '::1:8443']);
  });

  it.each([
    ['TIDEGATE_PORT', 'ninety'],
    ['TIDEGATE_PORT', '70000'],
    ['TIDEGATE_STORE', 'postgres'],
    ['TIDEGATE_OUTGOING_LOOPBACK', '127.0.0.1'],
    ['TIDEGATE_OUTGOING_LOOPBACK', '::1'],
    ['TIDEGATE_OUTGOING_LOOPBACK', '127.0.0.1:9999,localhost:65536'],
    ['TIDEGATE_METRIC_SECRETS', 'COUNTS'],
    ['TIDEGATE_METRIC_SECRETS', 'env:COUNTS,/run/counts'],
    ['TIDEGATE_REDIS_URL', 'http://localhost'],
    ['TIDEGATE_ADMIN_TOKEN', 'short'],
    ['TIDEGATE_PROMETHEUS_URL', 'prometheus'],
    ['TIDEGATE_PROT', '8080'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(name);
  });

  it.each([
    ['TIDEGATE_PORT', 'ninety', 'TIDEGATE_PORT is "ninety", and must be a whole number from 0 to 65535'],
    ['TIDEGATE_PORT', '-1', 'TIDEGATE_PORT is "-1", and must be a whole number from 0 to 65535'],
    ['TIDEGATE_PORT', '1e3', 'TIDEGATE_PORT is "1e3", and must be a whole number from 0 to 65535'],
    ['TIDEGATE_LOG_DAYS', ' ', 'TIDEGATE_LOG_DAYS is " ", and must be a whole number from 1 to 3650'],
    ['TIDEGATE_MESH', 'linkerd', 'TIDEGATE_MESH is "linkerd", and must be one of files, istio'],
    ['TIDEGATE_RATE_API', '1.5', 'TIDEGATE_RATE_API is "1.5", and must be a whole number from 0 to 1000000'],
    [
      'TIDEGATE_ADMIN_TOKEN',
      'hunter2',
      'TIDEGATE_ADMIN_TOKEN is a text of 7 characters, and must be a text of 20 to 200 characters',
    ],
    [
      'TIDEGATE_OUTGOING_LOOPBACK',
      'http://127.0.0.1:80',
      'TIDEGATE_OUTGOING_LOOPBACK is "http://127.0.0.1:80", and must be a list of host:port such as 127.0.0.1:9999',
    ],
    [
      'TIDEGATE_METRIC_WEBHOOKS',
      'counts',
      'TIDEGATE_METRIC_WEBHOOKS is "counts", and must be a list of URLs such as https://counts.example.com/payments',
    ],
    [
      'TIDEGATE_REDIS_URL',
      'http://:pw@x',
      'TIDEGATE_REDIS_URL is a text of 12 characters, and must be a URL such as redis://host:6379',
    ],
  ])('says of %s=%s what was given and what is wanted', (name, value, words) => {
    expect(() => readConfig({ [name]: value })).toThrow(words);
  });

  it('tells no secret', () => {
    expect(() => readConfig({ TIDEGATE_ADMIN_TOKEN: 'hunter2' })).not.toThrow('hunter2');
    expect(() => readConfig({ TIDEGATE_REDIS_URL: 'http://:pw@x' })).not.toThrow('pw@');
    expect(() => readConfig({ TIDEGATE_METRIC_SECRETS: 'hunter2' })).not.toThrow('hunter2');
  });

  it('refuses redis without a URL', () => {
    expect(() => readConfig({ TIDEGATE_STORE: 'redis' })).toThrow('TIDEGATE_REDIS_URL');
  });
});

describe('how Prometheus lets us in', () => {
  const url = { TIDEGATE_PROMETHEUS_URL: 'https://prometheus' };

  it('takes headers as exporters of OpenTelemetry do', () => {
    const given = 'X-Scope-OrgID=a%7Cb, X-Other=c=d';
    expect(readConfig({ ...url, TIDEGATE_PROMETHEUS_HEADERS: given }).TIDEGATE_PROMETHEUS_HEADERS).toEqual({
      'X-Scope-OrgID': 'a|b',
      'X-Other': 'c=d',
    });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a header of ours',
      { TIDEGATE_PROMETHEUS_HEADERS: 'Authorization=secret' },
      'HEADERS is a text of 20 characters',
    ],
    ['a header with a line break', { TIDEGATE_PROMETHEUS_HEADERS: 'a=b%0Ac' }, 'TIDEGATE_PROMETHEUS_HEADERS'],
    ['a bad escape', { TIDEGATE_PROMETHEUS_HEADERS: 'a=%zz' }, 'TIDEGATE_PROMETHEUS_HEADERS'],
    [
      'two tokens',
      { TIDEGATE_PROMETHEUS_TOKEN: 'x', TIDEGATE_PROMETHEUS_TOKEN_FILE: '/x' },
      'TIDEGATE_PROMETHEUS_TOKEN contradicts',
    ],
    [
      'a user beside a token',
      { TIDEGATE_PROMETHEUS_URL: 'https://a:b@c', TIDEGATE_PROMETHEUS_TOKEN: 'x' },
      'TIDEGATE_PROMETHEUS_TOKEN contradicts',
    ],
    ['a certificate without its key', { TIDEGATE_PROMETHEUS_CERT_FILE: '/x' }, 'give both'],
    [
      'an authority without TLS',
      { TIDEGATE_PROMETHEUS_URL: 'http://c', TIDEGATE_PROMETHEUS_CA_FILE: '/x' },
      'must begin with https:',
    ],
  ])('refuses %s', (_, given, words) => {
    expect(() => readConfig({ ...url, ...given })).toThrow(words);
    expect(() => readConfig({ ...url, ...given })).not.toThrow('secret');
  });
});
