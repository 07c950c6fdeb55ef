import { describe, expect, it } from '@jest/globals';
import { windowAt } from '../../../test/support/judging.js';
import { guardSchema } from '../guard.js';
import { silence } from './silence.js';

const SOME = { bad: 1, total: 10 };
const NONE = { bad: 0, total: 0 };
const NO_BAD = { bad: 0, total: 10 };
const relative = guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', margin: 1.2 });
const absolute = guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', threshold: 0.1 });

describe('a past that says nothing of a guard', () => {
  it.each([
    ['no window', relative, [], /^Nothing was read/],
    ['no control', relative, [windowAt(0, SOME, null)], /no data of the control\./],
    ['no requests in the control', relative, [windowAt(0, SOME, NONE)], /no data of the control\./],
    ['neither arm', relative, [windowAt(0, null, null)], /no data of the new arm and the control\./],
    ['no new arm', absolute, [windowAt(0, null, SOME)], /no data of the new arm\./],
    [
      'one arm after the other',
      relative,
      [windowAt(0, SOME, null), windowAt(1, null, SOME)],
      /at different times only/,
    ],
    [
      'nothing bad in either arm',
      relative,
      [windowAt(0, NO_BAD, NO_BAD)],
      /neither arm had anything that `bad`/,
    ],
  ])('is told of: %s', (_, guard, windows, words) => {
    expect(silence(guard, windows)).toMatch(words);
  });

  it('is no such thing where the arms that it looks at had data', () => {
    expect(silence(relative, [windowAt(0, SOME, SOME)])).toBeNull();
    expect(silence(absolute, [windowAt(0, SOME, null)])).toBeNull();
    const slow = guardSchema.parse({ ...relative, kind: 'latency' });
    expect(silence(slow, [windowAt(0, NO_BAD, NO_BAD)])).toBeNull();
  });
});
