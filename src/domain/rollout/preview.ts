import type { Condition, Route } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { BUCKET_HEADER, KEY_HEADER, SEGMENT_HEADER } from '../route-table.js';

const HOST_FORM = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
/** Headers that say something else already. */
const TAKEN = ['host', 'cookie', 'authorization', BUCKET_HEADER, KEY_HEADER, SEGMENT_HEADER];

const byHeader = z.strictObject({
  header: z
    .string()
    .max(100)
    .regex(/^[a-z0-9-]+$/, 'must be the name of a header in lower case')
    .refine((name) => !TAKEN.includes(name), 'is a header with a meaning of its own'),
  value: z
    .string()
    .max(200)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks'),
});

const byHosts = z.strictObject({
  hosts: z
    .array(z.string().max(253).regex(HOST_FORM, 'must be a host name in lower case'))
    .min(1, 'must name at least one host')
    .max(20),
});

/**
 * Which requests see the new version before anybody else: those with this header, or to these hosts, which must be among
 * those of the routes at gateways. Anybody may send them: a preview is for looking, not for hiding.
 */
export const previewSchema = z.union([byHeader, byHosts]);

export type Preview = z.output<typeof previewSchema>;

/** Asks whether a request is such a preview; in a flag, whether the context has such a request. */
export function previewCondition(preview: Preview): Condition {
  if ('hosts' in preview) return { attribute: ['request', 'host'], operator: 'in', value: preview.hosts };
  return { attribute: ['request', 'headers', preview.header], operator: 'equals', value: preview.value };
}

/** Whether requests to this host come to the route by a gateway. */
export function hasHost({ gateways }: Pick<Route, 'gateways'>, host: string): boolean {
  return gateways
    .flatMap(({ hosts }) => hosts)
    .some((one) => one === host || (one.startsWith('*.') && host.endsWith(one.slice(1))));
}

/** `x-preview: blue` or `preview.example.com` */
export function previewInWords(preview: Preview): string {
  return 'hosts' in preview ? preview.hosts.join(', ') : `${preview.header}: ${preview.value}`;
}
