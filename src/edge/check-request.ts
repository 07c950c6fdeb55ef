import { WireReader } from './wire-reader.js';

/** What decides of a request that Envoy asks about. */
export interface CheckRequest {
  /** As the client named it: with a port, in any case. */
  readonly host: string;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  /** Whether the client spoke HTTPS to whoever took its connection. */
  readonly secure: boolean;
}

/** The same while it is read. */
type Reading = { -readonly [field in keyof CheckRequest]: CheckRequest[field] };

// Field numbers of proto/envoy/service/auth/v3/external_auth.proto.
const ATTRIBUTES = 1;
const REQUEST = 4;
const HTTP = 2;
const HEADERS = 3;
const HOST = 5;
const SCHEME = 6;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

const AUTHORIZATION = 'authorization';
const COOKIE = 'cookie';
const FORWARDED_PROTO = 'x-forwarded-proto';

const KEY_TAG = (ENTRY_KEY << 3) | 2;
const COOKIE_FIRST = COOKIE.charCodeAt(0);
const AUTHORIZATION_FIRST = AUTHORIZATION.charCodeAt(0);
const FORWARDED_FIRST = FORWARDED_PROTO.charCodeAt(0);

/**
 * Reads a CheckRequest. Of its headers, some thirty, three are wanted: the others are stepped over, whatever is in them.
 * Throws a RangeError for bytes that are no such message.
 */
export function readCheckRequest(bytes: Buffer): CheckRequest {
  const found: Reading = { host: '', authorization: undefined, cookie: undefined, secure: false };
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.field === ATTRIBUTES)
      readInside(reader, REQUEST, () => readInside(reader, HTTP, () => readHttp(reader, found)));
  }
  return found;
}

/** Goes into the present field and calls `read` at each field `wanted` in there. */
function readInside(reader: WireReader, wanted: number, read: () => void): void {
  const outside = reader.enter();
  while (reader.next()) if (reader.field === wanted) read();
  reader.leave(outside);
}

function readHttp(reader: WireReader, found: Reading): void {
  const outside = reader.enter();
  while (reader.next()) {
    if (reader.field === HEADERS) {
      if (mayBeWanted(reader)) readHeader(reader, found);
    } else if (reader.field === HOST) found.host = reader.text();
    else if (reader.field === SCHEME) found.secure ||= reader.text() === 'https';
  }
  reader.leave(outside);
}

/**
 * Whether the present field, an entry of the map of headers, may be one that is wanted. Its name comes first in it, as
 * everybody writes maps, so that by its length and first letter most are passed over unread.
 */
function mayBeWanted({ bytes, from }: WireReader): boolean {
  if (bytes[from] !== KEY_TAG) return true;
  const first = bytes[from + 2];
  switch (bytes[from + 1]) {
    case COOKIE.length:
      return first === COOKIE_FIRST;
    case AUTHORIZATION.length:
      return first === AUTHORIZATION_FIRST;
    case FORWARDED_PROTO.length:
      return first === FORWARDED_FIRST;
    default:
      return false;
  }
}

function readHeader(reader: WireReader, found: Reading): void {
  const outside = reader.enter();
  let name: string | null = null;
  while (reader.next()) {
    if (reader.field === ENTRY_KEY) name = nameOf(reader);
    else if (reader.field === ENTRY_VALUE && name !== null) take(name, reader.text(), found);
  }
  reader.leave(outside);
}

/** The header's name where its length is that of one that is wanted. */
function nameOf(reader: WireReader): string | null {
  const length = reader.to - reader.from;
  return length === COOKIE.length || length === AUTHORIZATION.length || length === FORWARDED_PROTO.length
    ? reader.text()
    : null;
}

function take(name: string, value: string, found: Reading): void {
  if (name === AUTHORIZATION) found.authorization = value;
  else if (name === COOKIE) found.cookie = value;
  else if (name === FORWARDED_PROTO) found.secure = value === 'https';
}
