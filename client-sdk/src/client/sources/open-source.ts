import type { ResolvedOptions } from '../options.js';
import type { Transport } from '../transport.js';
import { PollSource } from './poll-source.js';
import type { Source, SourceSink } from './source.js';
import { StreamOrPoll } from './stream-or-poll.js';

/** The source that the options ask for, beginning where `sink` stands. */
export function openSource(
  options: ResolvedOptions,
  transport: Transport,
  sink: SourceSink,
  signal: AbortSignal,
): Source {
  const Kind = options.mode === 'poll' ? PollSource : StreamOrPoll;
  return new Kind(options, transport, sink, signal);
}
