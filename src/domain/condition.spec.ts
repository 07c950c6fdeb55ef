import { ATTRIBUTE_OPERATORS } from '@tidegate/sdk/engine';
import { describe, expect, it } from '@jest/globals';
import { conditionSchema } from './condition.js';
import { issueErrors } from './issue-errors.js';

function errorsOf(condition: unknown): readonly { readonly field: string; readonly message: string }[] {
  const parsed = conditionSchema.safeParse(condition);
  return parsed.success ? [] : issueErrors(parsed.error.issues, 'condition');
}

describe('an unknown operator', () => {
  it.each([
    [{ attribute: ['country'], operator: 'is', value: 'NL' }, 'condition.operator'],
    [{ all: [{ attribute: ['country'], operator: 'is', value: 'NL' }] }, 'condition.all.0.operator'],
    [{ not: { attribute: ['country'], value: 'NL' } }, 'condition.not.operator'],
  ])('is told with all that there are: %j', (condition, field) => {
    const errors = errorsOf(condition);
    expect(errors.map((error) => error.field)).toEqual([field]);
    for (const name of ['inSegment', ...ATTRIBUTE_OPERATORS]) expect(errors[0]?.message).toContain(name);
  });

  it('has nothing to do with a bad operand', () => {
    const errors = errorsOf({ attribute: ['age'], operator: 'greater', value: 'old' });
    expect(errors.map(({ field }) => field)).toEqual(['condition.value']);
  });
});
