import { describe, expect, it } from '@jest/globals';
import type { EvaluationContext } from '../engine/index.js';
import { PrivateAttributes } from './private-attributes.js';

const SECRET = 'ann@example.com';

describe('PrivateAttributes', () => {
  it.each<[string, string[][], EvaluationContext, object]>([
    ['an attribute', [['email']], { email: SECRET, plan: 'pro' }, { plan: 'pro' }],
    ['one level down', [['a', 'b']], { a: { b: SECRET, c: 1 } }, { a: { c: 1 } }],
    ['all below', [['a']], { a: { b: SECRET } }, {}],
    ['the broader of two', [['a', 'b'], ['a']], { a: { b: SECRET } }, {}],
    ['within a list', [['a', 'b']], { a: [{ b: SECRET, c: 1 }, 2] }, { a: [{ c: 1 }, 2] }],
    ['nothing that is not there', [['a', 'b', 'c']], { a: 7 }, { a: 7 }],
  ])('takes %s out', (_, paths, context, expected) => {
    expect(new PrivateAttributes(paths).without(context)).toEqual(expected);
  });

  it('opens no back door: not by Map, class, getter, or a list that throws', () => {
    class User {
      readonly email = SECRET;
      toJSON(): object {
        return { email: SECRET };
      }
    }
    const liar = new Proxy([], {
      get: () => {
        throw new Error(SECRET);
      },
    });
    for (const user of [
      new Map([['email', SECRET]]),
      new User(),
      {
        get email() {
          return SECRET;
        },
      },
      liar,
      [new User()],
    ]) {
      const context = { user };
      const kept = new PrivateAttributes([['user', 'email']]).without(context);
      expect(JSON.stringify(kept)).not.toContain(SECRET);
    }
  });

  it('leaves the context as it was', () => {
    const context = Object.freeze({ a: Object.freeze({ b: 1, c: 2 }) });
    new PrivateAttributes([['a', 'b']]).without(context);
    expect(context).toEqual({ a: { b: 1, c: 2 } });
  });

  it.each<[string[], boolean]>([
    [['a', 'b'], true],
    [['a', 'b', 'c'], true],
    [['a'], true],
    [['a', 'x'], false],
    [['b'], false],
  ])('knows that %j tells of a.b: %s', (path, expected) => {
    expect(new PrivateAttributes([['a', 'b']]).covers(path)).toBe(expected);
  });
});
