import type { Endpoint, EndpointSlice } from './endpoint-slice.js';

export type Target = NonNullable<Endpoint['targetRef']>;

/** A StatefulSet gives the name of a pod that is gone to the next one, of whatever version: the uid tells them apart. */
export function idOf(name: string, uid = ''): string {
  return `${name}/${uid}`;
}

/** The pods that requests are sent to now, by their ids; without a uid where the slice has none. */
export function readyPods(slices: readonly EndpointSlice[]): ReadonlyMap<string, Target> {
  const ready = new Map<string, Target>();
  for (const { endpoints } of slices) {
    for (const { conditions, targetRef } of endpoints ?? []) {
      // An endpoint that doesn't say is ready.
      if (conditions?.ready !== false && targetRef?.kind === 'Pod' && targetRef.name)
        ready.set(idOf(targetRef.name, targetRef.uid), targetRef);
    }
  }
  return ready;
}
