import { createHash } from 'node:crypto';
import type { Snapshot } from '../../engine/index.js';
import { asSnapshot } from '../snapshot-shape.js';

const FORMAT = 'tidegate-snapshot';
const VERSION = 1;
/** Characters that are gathered before they are handed on. */
const PIECE = 65_536;

/** First line of a file: what it holds, without reading on. */
export interface FileHeader {
  readonly epoch: string;
  readonly revision: number;
  /** ISO date-time. */
  readonly savedAt: string;
  /** Marks of those whom the server told this configuration; absent where nobody in particular was told. */
  readonly toldTo?: readonly string[];
}

/** What the first line says besides what the snapshot does. */
type Saving = Pick<FileHeader, 'savedAt' | 'toldTo'>;

/** A snapshot from a file; `savedAt` null where the file doesn't say. */
export interface StoredSnapshot {
  readonly snapshot: Snapshot;
  readonly savedAt: string | null;
  /** As in the header. */
  readonly toldTo?: readonly string[];
}

/**
 * The text of a file in pieces: a header line, the snapshot on one line, and the SHA-256 of both in hexadecimal. Made
 * document by document, so that no configuration is too large to be written without blocking.
 */
export function* writeSnapshotText(
  snapshot: Snapshot,
  { savedAt, toldTo }: Saving,
): Generator<string, void, undefined> {
  const { epoch, revision } = snapshot;
  const hash = createHash('sha256');
  let piece = `${JSON.stringify({ format: FORMAT, version: VERSION, epoch, revision, savedAt, toldTo })}\n`;
  for (const part of partsOf(snapshot)) {
    piece += part;
    if (piece.length < PIECE) continue;
    hash.update(piece);
    yield piece;
    piece = '';
  }
  piece += '\n';
  yield piece + hash.update(piece).digest('hex') + '\n';
}

/** Reads such a file, or the bare JSON of a snapshot. Throws with the reason in words. */
export function readSnapshotText(bytes: Buffer): StoredSnapshot {
  const first = bytes.indexOf('\n');
  const header = first === -1 ? null : parseHeader(bytes.subarray(0, first).toString('utf8'));
  if (header === null) return { snapshot: parseSnapshot(bytes), savedAt: null };
  const second = bytes.indexOf('\n', first + 1);
  const given = bytes.subarray(second + 1).toString('latin1');
  const found = createHash('sha256')
    .update(bytes.subarray(0, second + 1))
    .digest('hex');
  if (second === -1 || given !== `${found}\n`) throw new Error('it is damaged or only half written');
  const snapshot = parseSnapshot(bytes.subarray(first + 1, second));
  const { savedAt, toldTo } = header;
  return { snapshot, savedAt, ...(Array.isArray(toldTo) ? { toldTo } : {}) };
}

/** Null where the line is no header of ours. Throws for a version that is not known. */
export function parseHeader(line: string): FileHeader | null {
  if (!line.startsWith(`{"format":"${FORMAT}"`)) return null;
  let header;
  try {
    header = JSON.parse(line) as FileHeader & { readonly version: number };
  } catch {
    return null;
  }
  if (header.version !== VERSION) throw new Error(`it is of version ${header.version}, not ${VERSION}`);
  return header;
}

function parseSnapshot(bytes: Buffer): Snapshot {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Error('it is no JSON');
  }
  return asSnapshot(value);
}

function* partsOf(snapshot: Snapshot): Generator<string, void, undefined> {
  let before = '{';
  for (const [name, value] of Object.entries(snapshot) as [string, unknown][]) {
    yield `${before}${JSON.stringify(name)}:`;
    before = ',';
    if (!Array.isArray(value)) {
      yield JSON.stringify(value);
      continue;
    }
    yield '[';
    for (const [index, document] of value.entries())
      yield (index === 0 ? '' : ',') + JSON.stringify(document);
    yield ']';
  }
  yield '}';
}
