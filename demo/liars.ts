import { createHmac } from 'node:crypto';

/** A lie told to OFREP, and what came of it. */
export interface Lie {
  readonly lie: string;
  readonly value: unknown;
}

/** Tells OFREP, with a client token, what would make an employee of anybody who is believed. */
export async function tellLies(url: string, clientToken: string): Promise<readonly Lie[]> {
  const lies: readonly (readonly [string, object, Record<string, string>])[] = [
    ['groups without verified', { groups: ['employees'] }, {}],
    ['verified with a client token', { verified: { groups: ['employees'] } }, {}],
    ['an unsigned user token', {}, { 'x-tidegate-user-token': forge('none', '') }],
    ['a wrongly signed user token', {}, { 'x-tidegate-user-token': forge('HS256', 'guess') }],
  ];
  return Promise.all(
    lies.map(async ([lie, attributes, headers]) => {
      const response = await fetch(`${url}/ofrep/v1/evaluate/flags/new-checkout`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${clientToken}`, ...headers },
        body: JSON.stringify({ context: { targetingKey: 'liar', ...attributes } }),
      });
      return { lie, value: ((await response.json()) as { value?: unknown }).value };
    }),
  );
}

function forge(alg: 'none' | 'HS256', secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: 'https://login.shop.example',
    aud: 'shop',
    exp: 4_102_444_800,
    groups: ['employees'],
  };
  const unsigned = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  const signature = alg === 'none' ? '' : createHmac('sha256', secret).update(unsigned).digest('base64url');
  return `${unsigned}.${signature}`;
}
