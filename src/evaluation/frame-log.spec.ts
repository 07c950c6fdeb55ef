import { describe, expect, it } from '@jest/globals';
import { FrameLog } from './frame-log.js';

describe('FrameLog', () => {
  const bytes = (revision: number) => Buffer.from(String(revision));
  function logOf(from: number, to: number): FrameLog {
    const log = new FrameLog();
    for (let revision = from; revision <= to; revision += 1) log.push(revision, bytes(revision));
    return log;
  }
  const read = (frames: readonly Buffer[] | null) => frames?.map(String) ?? null;

  it.each([
    ['who stands at the head misses nothing', 7, []],
    ['who is behind gets what came since', 5, ['6', '7']],
    ['who stands just before the first frame gets all', 2, ['3', '4', '5', '6', '7']],
    ['who is further behind can not be helped', 1, null],
    ['who is ahead can not be helped', 8, null],
  ])('%s', (_, revision, expected) => {
    expect(read(logOf(3, 7).since(revision, 7))).toEqual(expected);
  });

  it('an empty log helps only who stands at the head', () => {
    expect(new FrameLog().since(4, 4)).toEqual([]);
    expect(new FrameLog().since(3, 4)).toBeNull();
  });

  it('keeps the latest thousand', () => {
    const log = logOf(1, 1_500);
    expect(log.since(499, 1_500)).toBeNull();
    expect(log.since(500, 1_500)).toHaveLength(1_000);
  });

  it('keeps at most 8 MiB, but always the last frame', () => {
    const log = new FrameLog();
    const large = Buffer.alloc(5 * 1_048_576);
    log.push(1, large);
    log.push(2, large);
    expect(log.since(0, 2)).toBeNull();
    expect(log.since(1, 2)).toHaveLength(1);
  });
});
