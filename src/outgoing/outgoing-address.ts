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

/** All addresses of a host's name. */
export type Resolve = (host: string) => Promise<readonly { address: string; family: number }[]>;

/** As this machine resolves names. */
export const resolveHere: Resolve = (host) => lookup(host, { all: true });

/**
 * Resolves a URL's host once and answers the address to connect to, so that what was checked is what is reached.
 * `loopback` lists `host:port` pairs of this machine that may be reached. Throws Problem INVALID_INPUT for a protocol
 * other than http(s), and when any address of the host is link-local, a metadata service, multicast, or loopback.
 */
export async function outgoingAddress(
  url: URL,
  loopback: readonly string[],
  resolve: Resolve = resolveHere,
): Promise<OutgoingAddress> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Problem('INVALID_INPUT', `Only http and https URLs are called, not ${url.protocol}`, {
      field: 'url',
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = await addressesOf(host, resolve);
  const mayLoop = loopback.includes(`${host}:${portOf(url)}`);
  const refused = addresses.find((one) => isRefused(one, mayLoop));
  const [first] = addresses;
  if (refused !== undefined || first === undefined)
    throw new Problem('INVALID_INPUT', refusalOf(`${host}:${portOf(url)}`, refused), { field: 'url' });
  return first;
}

/** Why a host (`host:port`) is not called, and what would let it be. */
function refusalOf(place: string, refused: OutgoingAddress | undefined): string {
  if (refused === undefined) return `${place} has no address.`;
  const at = place.startsWith(`${refused.address}:`) ? '' : ` at ${refused.address}`;
  if (isForbidden(refused))
    return `${place}${at} must not be called from here: it is link-local, multicast or a metadata service.`;
  return `${place}${at} must not be called from here: it is this machine, and TIDEGATE_OUTGOING_LOOPBACK does not list ${place}.`;
}

async function addressesOf(host: string, resolve: Resolve): Promise<OutgoingAddress[]> {
  const literal = isIP(host);
  const found = literal > 0 ? [{ address: host, family: literal }] : await resolve(host);
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

function isRefused(one: OutgoingAddress, mayLoop: boolean): boolean {
  return isForbidden(one) || (LOOPBACK.check(one.address, kindOf(one)) && !mayLoop);
}

function isForbidden(one: OutgoingAddress): boolean {
  return FORBIDDEN.check(one.address, kindOf(one));
}

function kindOf({ family }: OutgoingAddress): 'ipv4' | 'ipv6' {
  return family === 6 ? 'ipv6' : 'ipv4';
}

function portOf(url: URL): string {
  return url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
}
