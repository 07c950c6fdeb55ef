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
      mode: 'stream',
      pollInterval: 30_000,
      defaultContext: null,
      hooks: [],
      privateAttributes: [],
      bootstrap: null,
      bootstrapFile: null,
      cacheFile: null,
      cacheInterval: 5_000,
      offline: false,
      headers: { authorization: 'Bearer tg_server_x' },
    });
  });

  it('needs neither address nor key offline', () => {
    expect(resolveOptions({ offline: true })).toMatchObject({ offline: true, url: '' });
    expect(() => resolveOptions({ offline: false } as ClientOptions)).toThrow(/^url/);
  });

  it('takes a private attribute as a name or as a path', () => {
    const { privateAttributes } = resolveOptions({
      ...good,
      privateAttributes: ['email', ['verified', 'x']],
    });
    expect(privateAttributes).toEqual([['email'], ['verified', 'x']]);
  });

  it('refuses an option that is none, such as one that is spelled wrong', () => {
    const options = { url: 'http://localhost', key: 'tg_server_x', pollinterval: 3 };
    expect(() => resolveOptions(options)).toThrow('pollinterval is no option of a client');
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
    ['defaultContext', { defaultContext: 'eu' }],
    ['defaultContext', { defaultContext: null }],
    ['defaultContext', { defaultContext: [] }],
    ['mode', { mode: 'push' }],
    ['pollInterval', { pollInterval: 999 }],
    ['bootstrap', { bootstrap: {} }],
    ['bootstrap', { bootstrap: null }],
    ['bootstrap', { bootstrap: 'flags.json' }],
    ['bootstrap.file', { bootstrap: { file: '' } }],
    ['cacheFile', { cacheFile: '' }],
    ['cacheFile', { cacheFile: 7 }],
    ['cacheInterval', { cacheInterval: 99 }],
    ['offline', { offline: 'yes' }],
    ['hooks', { hooks: {} }],
    ['hooks', { hooks: [null] }],
    ['hooks', { hooks: [{ before: 'log' }] }],
    ['privateAttributes', { privateAttributes: 'email' }],
    ['privateAttributes', { privateAttributes: [''] }],
    ['privateAttributes', { privateAttributes: [[]] }],
    ['privateAttributes', { privateAttributes: [['verified', 7]] }],
  ])('refuses a bad %s by name: %j', (name, bad) => {
    expect(() => resolveOptions({ ...good, ...bad } as ClientOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS', message: expect.stringContaining(name) }),
    );
  });
});
