import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { Problem } from '../domain/problem.js';

/** Addresses that nobody outside this machine or its cloud may name: link-local, metadata services, multicast. */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addSubnet('224.0.0.0', 4, 'ipv4');
FORBIDDEN.addSubnet('240.0.0.0', 4, 'ipv4');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addAddress('168.63.129.16', 'ipv4');
FORBIDDEN.addAddress('192.0.0.192', 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addSubnet('ff00::', 8, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
FORBIDDEN.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');

/** This machine; `0.0.0.0` and `::` reach it as well. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addSubnet('0.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addAddress('::', 'ipv6');
LOOPBACK.addSubnet('64:ff9b::7f00:0', 104, 'ipv6');

export interface OutgoingAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/**
 * Resolves a URL's host once and answers the address to connect to, so that what was checked is what is reached.
 * `loopback` lists `host:port` pairs of this machine that may be reached. Throws Problem INVALID_INPUT for a protocol
 * other than http(s), and when any address of the host is link-local, a metadata service, multicast, or loopback.
 */
export async function outgoingAddress(url: URL, loopback: readonly string[]): Promise<OutgoingAddress> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Problem('INVALID_INPUT', `Only http and https URLs are called, not ${url.protocol}`, {
      field: 'url',
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = await addressesOf(host);
  const mayLoop = loopback.includes(`${host}:${portOf(url)}`);
  const refused = addresses.find((one) => isRefused(one, mayLoop));
  const [first] = addresses;
  if (refused !== undefined || first === undefined) {
    const where = refused === undefined ? 'has no address' : `is ${refused.address}`;
    throw new Problem('INVALID_INPUT', `${host} ${where}, which must not be called from here.`, {
      field: 'url',
    });
  }
  return first;
}

async function addressesOf(host: string): Promise<OutgoingAddress[]> {
  const literal = isIP(host);
  const found = literal > 0 ? [{ address: host, family: literal }] : await lookup(host, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

function isRefused({ address, family }: OutgoingAddress, mayLoop: boolean): boolean {
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  return FORBIDDEN.check(address, kind) || (LOOPBACK.check(address, kind) && !mayLoop);
}

function portOf(url: URL): string {
  return url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
}
