import { networkInterfaces } from 'node:os';

const prefix = '10.244.0';

// run.sh puts .11 to .40 on the loopback interface: the API server refuses real loopback addresses in endpoints.
/** Where the one node of the cluster is. */
export const nodeAddress = `${prefix}.11`;
/** Where the client is that has a sidecar. */
export const clientAddress = `${prefix}.40`;
/** What pods may have, in the order they are given out. */
export const podAddresses: readonly string[] = Array.from(
  { length: 28 },
  (_, index) => `${prefix}.${index + 12}`,
);

/** Refuses to go on outside the network that run.sh makes. */
export function requireTestbedNetwork(): void {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const inside = addresses.some(({ address }) => address === nodeAddress);
  if (!inside)
    throw new Error('the testbed has no network of its own here: start through test/mesh/testbed/run.sh');
}
