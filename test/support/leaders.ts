import { eventually } from '../mesh/testbed/eventually.js';
import type { ServiceProcess } from './service-process.js';

/** Terms in which a replica led an environment, by its own log; the last one may be going on. */
export function termsOf(
  replica: ServiceProcess,
  environment: string,
): readonly { readonly token: number; readonly ended: boolean }[] {
  const lines = replica.log().map(({ msg }) => msg ?? '');
  const began = new RegExp(`^leads ${environment} \\(term (\\d+)\\)`);
  const over = new RegExp(`^no longer leads ${environment} \\(term (\\d+)\\)`);
  const ended = lines.flatMap((line) => over.exec(line)?.[1] ?? []);
  return lines
    .flatMap((line) => began.exec(line)?.[1] ?? [])
    .map((token) => ({ token: Number(token), ended: ended.includes(token) }));
}

export function leads(replica: ServiceProcess, environment: string): boolean {
  return termsOf(replica, environment).at(-1)?.ended === false;
}

/** Of two replicas the one that leads, by the newest term of both, and the other. */
export async function findLeader(
  replicas: readonly [ServiceProcess, ServiceProcess],
  environment: string,
): Promise<{ readonly leader: ServiceProcess; readonly other: ServiceProcess }> {
  const newest = (replica: ServiceProcess): number => termsOf(replica, environment).at(-1)?.token ?? 0;
  return eventually(() => {
    const [a, b] = replicas;
    const [leader, other] = newest(a) > newest(b) ? [a, b] : [b, a];
    if (!leader.process.running || !leads(leader, environment)) throw new Error('nobody leads');
    return { leader, other };
  }, 20_000);
}
