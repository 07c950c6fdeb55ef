import type { IncomingMessage } from 'node:http';
import { readBaggage } from './baggage.js';
import { Carried } from './carried.js';
import { NO_DECISION } from './decision.js';
import type { ResolvedOptions } from './options.js';
import { readWireForm } from './wire-form.js';

const HEADERS = { buckets: 'x-tg-b', segments: 'x-tg-s', key: 'x-tg-k' } as const;

/** A header's text, or undefined where the request has none of that name. */
function headerOf(request: IncomingMessage | Request, name: string): string | undefined {
  const { headers } = request;
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** What a request brings, where it is believed. Our headers are asked first: where one is there, baggage is not. */
export function carriedBy(request: IncomingMessage | Request, options: ResolvedOptions): Carried {
  if (!options.trusts(request)) return new Carried(NO_DECISION);
  const found = Object.entries(HEADERS).map(([part, name]) => [part, headerOf(request, name)] as const);
  if (found.some(([, text]) => text !== undefined)) {
    const [buckets = '', segments = '', key = ''] = found.map(([, text]) => text);
    return new Carried(readWireForm({ buckets, segments, key }));
  }
  const baggage = options.readBaggage ? headerOf(request, 'baggage') : undefined;
  return new Carried(baggage === undefined ? NO_DECISION : readWireForm(readBaggage(baggage)));
}
