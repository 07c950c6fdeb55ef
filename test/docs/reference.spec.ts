import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { HTTP_STATUS } from '../../src/api/error-table.js';
import { CONFIG_NAMES } from '../../src/config/config.js';
import { ERROR_CODES } from '../../src/domain/error-code.js';
import { TROUBLE_CODES } from '../../src/domain/guard/trouble.js';
import { WARNING_CODES } from '../../src/domain/problem.js';

const errors = readFileSync('docs/errors.md', 'utf8');
const configuration = readFileSync('docs/configuration.md', 'utf8');

const byName = (a = '', b = ''): number => a.localeCompare(b);

describe('the reference pages', () => {
  it.each(ERROR_CODES)('list the error %s with its HTTP status', (code) => {
    expect(errors).toMatch(new RegExp(`\\| \`${code}\` +\\| ${HTTP_STATUS[code]} `));
  });

  it.each(WARNING_CODES)('list the warning %s', (code) => {
    expect(errors).toContain(`| \`${code}\` `);
  });

  it.each(TROUBLE_CODES)('list the trouble %s', (code) => {
    expect(errors).toContain(`| \`${code}\` `);
  });

  it('list every setting, and no other', () => {
    const listed = [...configuration.matchAll(/^\| `(TIDEGATE_\w+)`/gm)].map(([, name]) => name);
    expect(listed.toSorted(byName)).toEqual([...CONFIG_NAMES].toSorted(byName));
  });
});
