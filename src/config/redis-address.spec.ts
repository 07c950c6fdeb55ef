import { describe, expect, it } from '@jest/globals';
import { readRedisAddress } from './redis-address.js';

const NOBODY = { user: '', password: '' };

describe('readRedisAddress', () => {
  it.each([
    'redis://localhost',
    'redis://:secret@10.0.0.1:6380/2',
    'rediss://a:b@cache.example.com:6379?family=6',
  ])('leaves the address of one server as it is: %s', (url) =>
    expect(readRedisAddress(url)).toEqual({ kind: 'server', url }),
  );

  it('reads sentinels with the name of the primary, and usual ports', () => {
    expect(readRedisAddress('redis+sentinel://one,two:5000/main')).toEqual({
      kind: 'sentinel',
      tls: false,
      nodes: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 5_000 },
      ],
      name: 'main',
      database: 0,
      sentinel: NOBODY,
      ...NOBODY,
    });
  });

  it('reads who asks, of Redis and of its sentinels, with what is escaped in it', () => {
    const text = 'rediss+sentinel://ada:p%40ss@[::1]:1/main/3?sentinelUser=eve&sentinelPassword=s%26t';
    expect(readRedisAddress(text)).toMatchObject({
      tls: true,
      nodes: [{ host: '::1', port: 1 }],
      user: 'ada',
      password: 'p@ss',
      database: 3,
      sentinel: { user: 'eve', password: 's&t' },
    });
  });

  it('reads a cluster', () => {
    expect(readRedisAddress('redis+cluster://:secret@10.0.0.1:7000,10.0.0.2')).toEqual({
      kind: 'cluster',
      tls: false,
      nodes: [
        { host: '10.0.0.1', port: 7_000 },
        { host: '10.0.0.2', port: 6_379 },
      ],
      user: '',
      password: 'secret',
    });
  });

  it.each([
    ['another protocol', 'http://localhost'],
    ['no host', 'redis://'],
    ['many hosts of one server', 'redis://a:1,b:2'],
    ['sentinels without a name', 'redis+sentinel://a:1,b:2'],
    ['a database that is no number', 'redis+sentinel://a/main/x'],
    ['an unknown parameter', 'redis+sentinel://a/main?password=x'],
    ['a database of a cluster', 'redis+cluster://a:1/2'],
    ['a port out of range', 'redis+cluster://a:70000'],
    ['an empty host in the list', 'redis+cluster://a,,b'],
    ['an escape that is none', 'redis+cluster://:50%@a'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(readRedisAddress(text)).toBeNull();
  });
});
