import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Reached, VisitorIds } from './visitor-ids.js';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const SECRET = 'a secret of some length';
const OLDER = 'the secret before that one';

interface Over {
  readonly environment?: string;
  readonly secrets?: readonly string[];
  readonly domain?: string | null;
  readonly days?: number;
}

const idsWith = ({ environment = 'production', secrets = [SECRET], domain = null, days = 0 }: Over = {}) =>
  new VisitorIds({ environment, secrets, domain }, () => START + days * DAY);

const from = (cookie?: string, over: Partial<Reached> = {}): Reached => ({
  host: 'shop.example.com',
  secure: true,
  cookie,
  ...over,
});

/** The cookie that a browser sends back for a `set-cookie`. */
const sent = (setCookie: string | null): string => setCookie?.split(';')[0] ?? '';

describe('VisitorIds', () => {
  it('gives a browser without cookie an id, in a cookie that scripts and other sites do not see', () => {
    const { id, setCookie } = idsWith().visitorOf(from());
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(setCookie).toMatch(
      /^tg-id=v1\.[\w-]{22}\.\w+\.[\w-]{22}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  it('knows the browser by it, among its other cookies', () => {
    const ids = idsWith();
    const { id, setCookie } = ids.visitorOf(from());
    const cookie = `a=b; ${sent(setCookie)}; xtg-id=c`;
    expect(idsWith().visitorOf(from(cookie))).toEqual({ id, setCookie: null });
    expect(ids.visitorOf(from(cookie))).toBe(ids.visitorOf(from(cookie)));
  });

  it('finds the right one among several of that name', () => {
    const { id, setCookie } = idsWith().visitorOf(from());
    expect(idsWith().visitorOf(from(`tg-id=rubbish; ${sent(setCookie)}`)).id).toBe(id);
  });

  it.each<[string, Over]>([
    ['signed by another secret', { secrets: ['another secret of ours'] }],
    ['of another environment', { environment: 'staging' }],
    ['of 400 days ago', { days: 400 }],
    ['of the day after tomorrow', { days: -2 }],
  ])('gives another id to a browser with a cookie %s', (_, over) => {
    const { id, setCookie } = idsWith().visitorOf(from());
    const visitor = idsWith(over).visitorOf(from(sent(setCookie)));
    expect(visitor.id).not.toBe(id);
    expect(visitor.setCookie).not.toBeNull();
  });

  it.each<[string, Over]>([
    ['after 30 days', { days: 30 }],
    ['after 399 days', { days: 399 }],
    ['signed by the secret before', { secrets: ['another secret of ours', SECRET] }],
  ])('writes the cookie anew, with the same id, %s', (_, over) => {
    const { id, setCookie } = idsWith().visitorOf(from());
    const visitor = idsWith(over).visitorOf(from(sent(setCookie)));
    expect(visitor.id).toBe(id);
    const again = idsWith({ ...over, secrets: (over.secrets ?? [SECRET]).slice(0, 1) });
    expect(again.visitorOf(from(sent(visitor.setCookie)))).toEqual({ id, setCookie: null });
  });

  it('no longer believes a secret that was taken away', () => {
    const { id, setCookie } = idsWith({ secrets: [OLDER] }).visitorOf(from());
    expect(idsWith({ secrets: [SECRET, OLDER] }).visitorOf(from(sent(setCookie))).id).toBe(id);
    expect(idsWith({ secrets: [SECRET] }).visitorOf(from(sent(setCookie))).id).not.toBe(id);
  });

  it.each([
    ['shop.example.com', '; Domain=example.com'],
    ['example.com', '; Domain=example.com'],
    ['notexample.com', ''],
    ['example.org', ''],
  ])('names the domain only where the host %s lies in it', (host, end) => {
    const { setCookie } = idsWith({ domain: 'example.com' }).visitorOf(
      from(undefined, { host, secure: false }),
    );
    expect(setCookie).toMatch(new RegExp(`SameSite=Lax${end}$`));
  });

  it('believes no cookie that differs in a character', () => {
    const ids = idsWith();
    const { id, setCookie } = ids.visitorOf(from());
    const value = sent(setCookie);
    fc.assert(
      fc.property(fc.nat(value.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const forged = value.slice(0, at) + character + value.slice(at + 1);
        fc.pre(forged !== value);
        expect(ids.visitorOf(from(forged)).id).not.toBe(id);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever a browser sends', () => {
    const ids = idsWith();
    fc.assert(fc.property(fc.string(), (text) => void ids.visitorOf(from(`tg-id=${text}`))));
  });
});
