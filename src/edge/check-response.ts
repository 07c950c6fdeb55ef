/** What a request is told apart by. All three are always set, so that nothing a client sent under these names is left. */
export interface Decided {
  /** `route=0421,…` */
  readonly buckets: string;
  /** `segment,…` */
  readonly segments: string;
  /** The targeting key, percent-encoded. */
  readonly key: string;
  /** A `set-cookie` for the client, where it gets one. */
  readonly setCookie?: string;
}

/** `append_action: OVERWRITE_IF_EXISTS_OR_ADD`, without which Envoy would add to what the client sent. */
const OVERWRITE = Buffer.from([0x18, 2]);
const NONE = Buffer.alloc(0);
const STATUS_OK = Buffer.from([0x0a, 0]);

// Tags (field << 3 | 2) of proto/envoy/service/auth/v3/external_auth.proto.
const OK_RESPONSE = 0x1a;
const HEADERS = 0x12;
const RESPONSE_HEADERS_TO_ADD = 0x32;

/** A CheckResponse that lets the request go on with the headers of a decision. Texts are ASCII. */
export function writeCheckResponse({ buckets, segments, key, setCookie }: Decided): Buffer {
  const parts = [
    field(HEADERS, header('x-tg-b', buckets, OVERWRITE)),
    field(HEADERS, header('x-tg-s', segments, OVERWRITE)),
    field(HEADERS, header('x-tg-k', key, OVERWRITE)),
  ];
  if (setCookie !== undefined)
    parts.push(field(RESPONSE_HEADERS_TO_ADD, header('set-cookie', setCookie, NONE)));
  return Buffer.concat([STATUS_OK, field(OK_RESPONSE, Buffer.concat(parts))]);
}

/** A HeaderValueOption. */
function header(name: string, value: string, action: Buffer): Buffer {
  const pair = Buffer.concat([field(0x0a, Buffer.from(name)), field(0x12, Buffer.from(value))]);
  return Buffer.concat([field(0x0a, pair), action]);
}

function field(tag: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...varint(value >>> 7)];
}
