import { isIPv6 } from 'node:net';
import { z } from 'zod';

const FORM = /^(?<host>.+):(?<port>[1-9]\d{0,4})$/;
/** The name of a host, or an IPv4 address. */
const NAME = /^[a-z0-9._-]{1,253}$/;

/** `host:port` as the address of a URL is compared with it: in small letters, IPv6 addresses without brackets (`[::1]:80`, `::1:80`). */
export const hostAndPort = z
  .string()
  .transform((text) => text.toLowerCase().replace(/^\[(.+)\]:/, '$1:'))
  .refine((text) => {
    const { host = '', port = '' } = FORM.exec(text)?.groups ?? {};
    return Number(port) <= 65_535 && (NAME.test(host) || isIPv6(host));
  });
