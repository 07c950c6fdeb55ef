import { loadSync } from '@grpc/proto-loader';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCheckRequest } from './check-request.js';

interface Service {
  readonly Check: { requestSerialize(message: object): Buffer };
}

/** How the .proto file says that a message is written. */
const definition = loadSync('proto/envoy/service/auth/v3/external_auth.proto');
const service = definition['envoy.service.auth.v3.Authorization'] as unknown as Service;
const write = (message: object): Buffer => service.Check.requestSerialize(message);
const asking = (http: object): Buffer => write({ attributes: { request: { http } } });
const ascii = fc.string({ unit: fc.constantFrom(...'abc=;. -_/"ABC0123456789'.split('')), maxLength: 300 });

describe('readCheckRequest', () => {
  it('reads what was written, among headers of any kind', () => {
    const headers = fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ maxLength: 200 }));
    const own = fc.record(
      { authorization: ascii, cookie: ascii, 'x-forwarded-proto': fc.constantFrom('http', 'https') },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(headers, own, ascii, fc.string(), (others, ours, host, path) => {
        const { authorization: _, cookie: __, 'x-forwarded-proto': ___, ...rest } = others;
        const read = readCheckRequest(asking({ host, path, headers: { ...rest, ...ours } }));
        expect(read).toEqual({
          host,
          authorization: ours.authorization,
          cookie: ours.cookie,
          secure: ours['x-forwarded-proto'] === 'https',
        });
      }),
    );
  });

  it('reads a header of which the value comes before the name, and none whose name only looks alike', () => {
    const text = (tag: number, value: string) => [tag, value.length, ...Buffer.from(value)];
    const entry = (...parts: readonly number[][]) => [0x1a, parts.flat().length, ...parts.flat()];
    const inside = (tag: number, bytes: readonly number[]) => [tag, bytes.length, ...bytes];
    const http = [
      ...entry(text(0x12, 'a=b'), text(0x0a, 'cookie')),
      ...entry(text(0x0a, 'authorship..-'), text(0x12, 'Bearer x')),
      ...entry(text(0x0a, 'cookie'), text(0x12, 'c=d')),
      ...entry(text(0x0a, 'cookie')),
    ];
    const message = Buffer.from(inside(0x0a, inside(0x22, inside(0x12, http))));
    expect(readCheckRequest(message)).toMatchObject({ cookie: 'c=d', authorization: undefined });
  });

  it.each([
    ['no attributes', write({})],
    ['no request', write({ attributes: {} })],
    ['no bytes', Buffer.alloc(0)],
  ])('finds nothing in a message with %s', (_, bytes) => {
    const nothing = { host: '', authorization: undefined, cookie: undefined, secure: false };
    expect(readCheckRequest(bytes)).toEqual(nothing);
  });

  it('throws nothing but a RangeError, whatever bytes come', () => {
    const broken = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(300), fc.nat(255), fc.nat(300)).map(([at, byte, length]) => {
        const bytes = asking({
          host: 'shop.example.com',
          headers: { cookie: 'a=b', authorization: 'Bearer x' },
        });
        bytes[at % bytes.length] = byte;
        return bytes.subarray(0, length);
      }),
    );
    fc.assert(
      fc.property(broken, (bytes) => {
        try {
          readCheckRequest(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
