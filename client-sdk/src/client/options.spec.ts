import { describe, expect, it } from '@jest/globals';
import { type ClientOptions, resolveOptions } from './options.js';

describe('resolveOptions', () => {
  const good = { url: 'https://tidegate.example.com/', key: 'tg_server_x' };

  it('fills the defaults in and takes slashes off the end', () => {
    expect(resolveOptions(good)).toEqual({
      url: 'https://tidegate.example.com',
      key: 'tg_server_x',
      flushInterval: 1_000,
      silenceTimeout: 40_000,
      connectTimeout: 10_000,
      retryDelay: 500,
      headers: { authorization: 'Bearer tg_server_x' },
    });
  });

  it.each([
    ['url', { url: 'tidegate' }],
    ['url', { url: 'ftp://tidegate' }],
    ['url', { url: 'http://tidegate/?x=1' }],
    ['url', { url: undefined }],
    ['key', { key: '' }],
    ['key', { key: 'a\nb' }],
    ['key', { key: undefined }],
    ['flushInterval', { flushInterval: 1 }],
    ['flushInterval', { flushInterval: NaN }],
    ['silenceTimeout', { silenceTimeout: '5000' }],
    ['connectTimeout', { connectTimeout: 0 }],
    ['retryDelay', { retryDelay: -1 }],
  ])('refuses a bad %s by name: %j', (name, bad) => {
    expect(() => resolveOptions({ ...good, ...bad } as ClientOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS', message: expect.stringContaining(name) }),
    );
  });
});
