import { z } from 'zod';

const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const VALUE = /^[\x20-\x7e]{0,4000}$/;
/** What the connection says for itself. */
const OURS = new Set(['authorization', 'connection', 'content-length', 'content-type', 'host', 'te']);
const OURS_TOO = new Set(['transfer-encoding', 'upgrade', 'accept-encoding', 'expect', 'trailer']);

/** Headers as OpenTelemetry's exporters spell them: `name=value,name=value`, values percent-encoded. */
export const httpHeaders = z
  .string()
  .transform((text, context) => {
    const headers = readHeaders(text);
    if (headers === null) context.addIssue('is no list of headers');
    return headers ?? {};
  })
  .default({})
  .describe('headers such as X-Scope-OrgID=team-a,X-Other=b, values percent-encoded and no Authorization');

function readHeaders(text: string): Readonly<Record<string, string>> | null {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    const value = decoded(pair.slice(at + 1).trim());
    if (value === null || !isHeader(name, value)) return null;
    headers[name] = value;
  }
  return headers;
}

/** Whether these may be sent beside what the connection says for itself. */
export function isHeaders(headers: Readonly<Record<string, string>>): boolean {
  return Object.entries(headers).every(([name, value]) => isHeader(name, value));
}

function isHeader(name: string, value: string): boolean {
  return NAME.test(name) && VALUE.test(value) && !isOurs(name.toLowerCase());
}

function isOurs(name: string): boolean {
  return OURS.has(name) || OURS_TOO.has(name);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
