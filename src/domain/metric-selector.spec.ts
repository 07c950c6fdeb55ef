import { describe, expect, it } from '@jest/globals';
import { guardQuerySchema } from './guard.js';
import { isPlainSelector } from './metric-selector.js';

describe('a plain selector', () => {
  it.each([
    'up',
    'job:requests:rate5m',
    'requests{code="500"}',
    'requests {code="500", path!="/health"}',
    '{__name__="requests",code=~"5.."}',
    'requests{}',
    'requests{code!~"2..",}',
    'requests{path="/a,b}c[5m]"}',
    'requests{path="say \\"hi\\" \\\\"}',
    'requests{path=\'it is "so"\'}',
    'requests{path=`raw \\d+`}',
    'requests{\n  code = "500",\n  path = "/"\n}',
    'envoy_cluster_upstream_rq{response_code_class="5xx",cluster_name=~"outbound\\\\|80\\\\|tg-.+"}',
  ])('is %s', (selector) => {
    expect(isPlainSelector(selector)).toBe(true);
  });

  it.each([
    '',
    ' ',
    'sum(rate(x[5m]))',
    'y or z',
    'x + y',
    '-x',
    'x[5m]',
    'x{a="b"}[5m]',
    'x offset 5m',
    'x{a="b"} offset 5m',
    'x @ 1600000000',
    '(x)',
    '{}',
    'x{a}',
    'x{a=b}',
    'x{a="b" c="d"}',
    'x{,}',
    'x{a="b"',
    'x{a="b}',
    'x{a=="b"}',
    'x{a="b\n"}',
    'x{a="b"} # why',
    'x{a="b"}{c="d"}',
    '1x',
    '5',
    '"x"',
    'x{a="b"} or y',
    'x{a="b"}[1m:5s]',
  ])('is not %j', (selector) => {
    expect(isPlainSelector(selector)).toBe(false);
  });

  it('is told apart at once, however odd and long the text is', () => {
    const tail = ' '.repeat(900);
    for (const text of [`x{${tail}a${tail}`, `x{${'a="b",'.repeat(280)}`, `x{a="${'\\\\'.repeat(990)}`]) {
      const began = performance.now();
      expect(isPlainSelector(text)).toBe(false);
      expect(performance.now() - began).toBeLessThan(2_000);
    }
  });

  it.each(['bad', 'total'])("is what a guard's %s must be", (field) => {
    const arm = { label: 'version', new: 'v2', control: 'v1' };
    const query = { bad: 'errors', total: 'requests', arm };
    expect(guardQuerySchema.safeParse(query).success).toBe(true);
    const refused = guardQuerySchema.safeParse({ ...query, [field]: 'sum(rate(x[5m]))' });
    expect(refused.error?.issues).toMatchObject([{ path: [field] }]);
  });
});
