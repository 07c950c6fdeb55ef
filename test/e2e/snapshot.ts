import type { Json, Snapshot } from '@tidegate/sdk/engine';
import { valueFlag } from '../../client-sdk/src/client/value-flag.js';

/** A snapshot of flags that answer one value each. */
export function snapshotOf(
  revision: number,
  values: Readonly<Record<string, Json>>,
  over: Partial<Snapshot> = {},
): Snapshot {
  return {
    environment: 'production',
    epoch: 'e',
    revision,
    flags: Object.entries(values).map(([key, value]) => valueFlag(key, value)),
    segments: [],
    routes: [],
    events: {},
    ...over,
  };
}

/** As the stream brings it. */
export function snapshotMessage(snapshot: Snapshot): string {
  const { epoch, revision } = snapshot;
  return `id: ${epoch}.${revision}\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`;
}
