import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { ERROR_CODES } from '../../src/domain/error-code.js';
import { declaredCodes } from '../support/api.js';

const schema = buildSchema(readFileSync('docs/schema.graphql', 'utf8'));
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

describe('the schema', () => {
  it.each(mutations.map(({ name, description }) => [name, description ?? '']))(
    'lists in the description of %s the codes of its own that it may answer',
    (name, description) => {
      const own = /\bAs \w+/.test(description) || ERROR_CODES.some((code) => description.includes(code));
      expect([name, own]).toEqual([name, true]);
      expect(declaredCodes(name)).toContain('IDEMPOTENCY_KEY_REUSED');
    },
  );

  it('names in capitals nothing that is no code', () => {
    const described = mutations.map(({ description }) => description ?? '').join(' ');
    const named = described.match(/\b[A-Z]{3,}(?:_[A-Z]+)*\b/g) ?? [];
    expect(named.filter((word) => !(ERROR_CODES as readonly string[]).includes(word))).toEqual([]);
  });

  it('refers by "As" to mutations that there are', () => {
    const names = new Set(mutations.map(({ name }) => name));
    const referred = mutations.flatMap(({ description }) => [...(description ?? '').matchAll(/\bAs (\w+)/g)]);
    expect(referred.map(([, name = '']) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});
