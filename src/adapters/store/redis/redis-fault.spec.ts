import { describe, expect, it } from '@jest/globals';
import { problemOf } from './redis-fault.js';

function refusal(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

describe('a fault of Redis', () => {
  it.each([
    "OOM command not allowed when used memory > 'maxmemory'. script: 1f, on @user_script:73.",
    "READONLY You can't write against a read only replica.",
    'LOADING Redis is loading the dataset in memory',
    'MISCONF Errors writing to the AOF file: No space left on device',
    'NOREPLICAS Not enough good replicas to write.',
    'CLUSTERDOWN The cluster is down',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'MOVED 3999 127.0.0.1:6381',
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
  ])('that will end is STORE_UNAVAILABLE: %s', (message) => {
    expect(problemOf(refusal(message))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    'Connection is closed.',
    'Command timed out',
    "Stream isn't writeable and enableOfflineQueue options is false",
    "Cluster isn't ready and enableOfflineQueue options is false",
    'Too many Cluster redirections. Last error: ReplyError: TRYAGAIN Multiple keys',
    'All sentinels are unreachable and retry is disabled.',
  ])('on the way to it is STORE_UNAVAILABLE: %s', (message) => {
    expect(problemOf(new Error(message))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('of the network is STORE_UNAVAILABLE', () => {
    const cut = Object.assign(new Error('read ECONNRESET'), { syscall: 'read' });
    expect(problemOf(cut)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('that is ours is GENERAL, or stays what it is', () => {
    expect(problemOf(refusal('WRONGTYPE Operation against a key'))).toMatchObject({ code: 'GENERAL' });
    const bug = new TypeError('x is not a function');
    expect(problemOf(bug)).toBe(bug);
  });
});
