import { z } from 'zod';
import { isHeaders } from './http-headers.js';

const file = z.string().min(1).optional();

/** A Prometheus-compatible server beside the one of TIDEGATE_PROMETHEUS_URL. */
const server = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }),
    token: z
      .string()
      .regex(/^[\x21-\x7e]{1,10000}$/)
      .optional(),
    tokenFile: file,
    headers: z.record(z.string(), z.string()).refine(isHeaders).optional(),
    caFile: file,
    certFile: file,
    keyFile: file,
    /** Seconds. */
    timeout: z.int().min(1).max(60).default(5),
    connections: z.int().min(1).max(1_000).default(32),
  })
  .refine(({ url, token, tokenFile }) => {
    return (
      [new URL(url).username !== '', token !== undefined, tokenFile !== undefined].filter(Boolean).length < 2
    );
  })
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined))
  .refine(({ url, certFile, caFile }) => {
    return (certFile === undefined && caFile === undefined) || url.startsWith('https:');
  });

const named = z.record(z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/), server);

/** Servers by name, as one JSON object: `{"payments":{"url":"https://…","tokenFile":"/run/token"}}`. */
export const prometheusServers = z
  .string()
  .transform((text, context) => {
    const parsed = named.safeParse(parseJson(text));
    if (!parsed.success) context.addIssue('is no object of servers');
    return parsed.data ?? {};
  })
  .default({})
  .describe(
    'a JSON object of servers such as {"payments":{"url":"https://prometheus.payments:9090","tokenFile":"/run/token"}}: by a DNS label, each with url and, as it needs, token or tokenFile, headers, caFile, certFile with keyFile, timeout (1 to 60), connections (1 to 1000)',
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
