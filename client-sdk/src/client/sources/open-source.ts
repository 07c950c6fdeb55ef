import { SnapshotStream } from '../snapshot-stream.js';
import type { ResolvedOptions } from '../options.js';
import type { Transport } from '../transport.js';
import type { Source, SourceSink } from './source.js';

/** The source that the options ask for, beginning where `sink` stands. */
export function openSource(
  options: ResolvedOptions,
  transport: Transport,
  sink: SourceSink,
  signal: AbortSignal,
): Source {
  const stream = new SnapshotStream(options, transport, sink, signal);
  if (sink.held !== undefined) stream.continueFrom(`${sink.held.epoch}.${sink.held.revision}`);
  return stream;
}
