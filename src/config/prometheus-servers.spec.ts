import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const read = (servers: unknown): unknown =>
  readConfig({
    TIDEGATE_PROMETHEUS_SERVERS: typeof servers === 'string' ? servers : JSON.stringify(servers),
  }).TIDEGATE_PROMETHEUS_SERVERS;

const https = { url: 'https://a:9090' };

describe('named Prometheus servers', () => {
  it('are an object by name, each with defaults; none by default', () => {
    expect(readConfig({}).TIDEGATE_PROMETHEUS_SERVERS).toEqual({});
    const full = { ...https, headers: { 'X-Scope-OrgID': 'b' }, tokenFile: '/t', caFile: '/ca', timeout: 9 };
    expect(read({ a: { url: 'http://a/b' }, 'b-1': full })).toEqual({
      a: { url: 'http://a/b', timeout: 5, connections: 32 },
      'b-1': { ...full, connections: 32 },
    });
  });

  it.each<[string, unknown]>([
    ['no JSON', '{'],
    ['a list', [https]],
    ['a name that guards can’t spell', { 'A b': https }],
    ['no URL', { a: {} }],
    ['another scheme', { a: { url: 'file:///etc/passwd' } }],
    ['a field that nobody knows', { a: { ...https, retries: 3 } }],
    ['two ways to be let in', { a: { ...https, token: 'x', tokenFile: '/x' } }],
    ['a user beside a token', { a: { url: 'https://me:secret@a', token: 'x' } }],
    ['a header of the connection', { a: { ...https, headers: { Authorization: 'secret' } } }],
    ['a header with a line break', { a: { ...https, headers: { 'X-A': 'a\nb' } } }],
    ['a certificate without its key', { a: { ...https, certFile: '/x' } }],
    ['certificates without TLS', { a: { url: 'http://a', caFile: '/x' } }],
    ['no time at all', { a: { ...https, timeout: 0 } }],
  ])('refuse %s, and tell no secret', (_, servers) => {
    let words = '';
    try {
      read(servers);
    } catch (error) {
      words = (error as Error).message;
    }
    expect(words).toMatch(
      /TIDEGATE_PROMETHEUS_SERVERS is a text of \d+ characters, and must be a JSON object/,
    );
    expect(words).not.toContain('secret');
  });
});
