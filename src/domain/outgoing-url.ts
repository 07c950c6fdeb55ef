import { z } from 'zod';

/**
 * A URL that is called from here. Refused when saved: another protocol than http(s), and the literal addresses of metadata
 * services and link-local ones. What a name resolves to, and loopback, is checked at each call.
 */
export const outgoingUrl = z.url({
  protocol: /^https?$/,
  hostname:
    /^(?!169\.254\.\d+\.\d+$|100\.100\.100\.200$|\[fe[89ab][0-9a-f]:|\[fd00:ec2::254\]$|\[::ffff:a9fe:)/,
  error: 'must be an http or https URL of a host that is neither link-local nor a metadata service',
});

/** `env:NAME` or `file:/path`: documents never hold secrets. */
export const secretRefSchema = z
  .string()
  .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/, 'must be "env:NAME" or "file:/path"');
