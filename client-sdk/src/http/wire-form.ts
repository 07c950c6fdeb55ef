import type { Decision } from './decision.js';

/** A decision as text: what the three headers and the three members of a baggage hold. */
export interface WireForm {
  /** `route=0421,…` */
  readonly buckets: string;
  /** `segment,…` */
  readonly segments: string;
  /** The targeting key, percent-encoded as UTF-8; empty where there is none. */
  readonly key: string;
}

export const NOTHING: WireForm = { buckets: '', segments: '', key: '' };

/** Longest list that is read, in characters; a longer one is taken for none. */
const LONGEST_LIST = 8_192;
/** Longest encoded key that is written; no longer one is read. */
const LONGEST_KEY = 2_048;
const BUCKET = /^([a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)=(\d{4})$/;
/** Percent-encoded UTF-8: nothing that a list of headers or a baggage would end at. */
const KEY = /^[!#-+\--:<-[\]-~]{1,2048}$/;
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;

function listed(text: string): readonly string[] {
  return text.length > LONGEST_LIST ? [] : text.split(',').map((part) => part.trim());
}

function bucketsIn(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const part of listed(text)) {
    const [, route, bucket] = BUCKET.exec(part) ?? [];
    if (route !== undefined && !found.has(route)) found.set(route, Number(bucket));
  }
  return found;
}

function keyIn(text: string): string | null {
  if (!KEY.test(text)) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function encoded(key: string | null): string {
  if (key === null) return '';
  try {
    const text = encodeURIComponent(key);
    return text.length > LONGEST_KEY ? '' : text;
  } catch {
    // A lone surrogate has no UTF-8 form.
    return '';
  }
}

/** Reads a decision. Never throws: of what is malformed or too long, that part counts as missing. */
export function readWireForm({ buckets, segments, key }: WireForm): Decision {
  return {
    targetingKey: keyIn(key),
    buckets: bucketsIn(buckets),
    segments: [...new Set(listed(segments).filter((part) => SEGMENT.test(part)))],
  };
}

/** A key that can't be written, or is too long, is left out. */
export function writeWireForm({ targetingKey, buckets, segments }: Decision): WireForm {
  const pairs = [...buckets].map(([route, bucket]) => `${route}=${String(bucket).padStart(4, '0')}`);
  return { buckets: pairs.join(','), segments: segments.join(','), key: encoded(targetingKey) };
}
