import { describe, expect, it } from '@jest/globals';
import { isPlainSelector } from '../../../domain/metric-selector.js';
import { withAnyOf, withMatcher } from './with-matcher.js';

describe('one more label', () => {
  it.each([
    ['a name', 'up', 'up{v="a\\"b"}'],
    ['a name without matchers', 'up{ }', 'up{v="a\\"b"}'],
    ['matchers', '{job="x"}', '{job="x",v="a\\"b"}'],
    ['a name with matchers', 'up{job=~"x{2}"}', 'up{job=~"x{2}",v="a\\"b"}'],
    ['a comma at the end', 'up{job="x",}', 'up{job="x",v="a\\"b"}'],
  ])('of %s', (_, selector, expected) => {
    expect(withMatcher(selector, 'v', 'a"b')).toBe(expected);
    expect(isPlainSelector(expected)).toBe(true);
  });
});

describe('one more label of several values', () => {
  it('takes them as they are spelt', () => {
    const asked = withAnyOf('up{job="x"}', 'v', ['outbound|80|a.b', 'c']);
    expect(asked).toBe(String.raw`up{job="x",v=~"outbound\\|80\\|a\\.b|c"}`);
    expect(isPlainSelector(asked)).toBe(true);
  });
});
