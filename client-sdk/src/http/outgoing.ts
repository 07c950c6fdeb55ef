import { writeBaggage } from './baggage.js';
import type { WireForm } from './wire-form.js';

/** Headers of an outgoing request: the three of ours, each always, and `baggage` where there is anything to say. */
export interface OutgoingHeaders {
  readonly 'x-tg-b': string;
  readonly 'x-tg-s': string;
  readonly 'x-tg-k': string;
  readonly baggage?: string;
  readonly [name: string]: string | undefined;
}

/** `baggage`: what the request has of others; null where none is to be written. */
export function outgoingHeaders(form: WireForm, baggage: string | null): OutgoingHeaders {
  const { buckets, segments, key } = form;
  const written = baggage === null ? null : writeBaggage(baggage, form);
  return {
    'x-tg-b': buckets,
    'x-tg-s': segments,
    'x-tg-k': key,
    ...(written === null ? {} : { baggage: written }),
  };
}
