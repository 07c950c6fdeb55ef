import type { Snapshot } from '../../engine/index.js';
import type { ClientError } from '../client-error.js';
import type { SnapshotSink } from '../snapshot-stream.js';

/** Who takes what sources bring. */
export interface SourceSink extends SnapshotSink {
  /** What is held, whoever brought it. */
  readonly held: Snapshot | undefined;
  snapshot(snapshot: Snapshot, origin?: 'stream' | 'poll'): void;
  /** Something failed, and what is held is current all the same. */
  failed(error: ClientError): void;
}

/** Keeps a configuration current, until the signal it was made with aborts. */
export interface Source {
  /** Never rejects. */
  run(): Promise<void>;
}
