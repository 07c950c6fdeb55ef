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
    });
    expect(config.TIDEGATE_PORT).toBe(9000);
    expect(config.TIDEGATE_OUTGOING_LOOPBACK).toEqual(['127.0.0.1:9999', 'localhost:1']);
  });

  it.each([
    ['TIDEGATE_PORT', 'ninety'],
    ['TIDEGATE_PORT', '70000'],
    ['TIDEGATE_STORE', 'postgres'],
    ['TIDEGATE_REDIS_URL', 'http://localhost'],
    ['TIDEGATE_ADMIN_TOKEN', 'short'],
    ['TIDEGATE_PROMETHEUS_URL', 'prometheus'],
    ['TIDEGATE_PROT', '8080'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(name);
  });

  it('refuses redis without a URL', () => {
    expect(() => readConfig({ TIDEGATE_STORE: 'redis' })).toThrow('TIDEGATE_REDIS_URL');
  });
});
