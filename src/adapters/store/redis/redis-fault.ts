import { Problem } from '../../../domain/problem.js';

/** ioredis gave up waiting; the server may yet do what it was asked. */
export const TIMED_OUT = 'Command timed out';

/** Refusals that end when the server, or who runs it, has done something; the command itself was right. */
const TRANSIENT =
  /^-?(LOADING|READONLY|OOM|MISCONF|NOAUTH|WRONGPASS|NOPERM|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|UNBLOCKED|MOVED|ASK) /;
const CUT =
  /^(Connection is closed|Stream isn't writeable|Command timed out|Socket |Cluster is|Cluster isn't|Too many Cluster redir|None of startup nodes|All sentinels)/;
const NAMES = ['MaxRetriesPerRequestError', 'AbortError', 'ClusterAllFailedError'];

/** What a fault of Redis, or on the way to it, is told as. */
export function problemOf(error: Error): Error {
  if (error instanceof Problem) return error;
  if (isOutage(error))
    return new Problem('STORE_UNAVAILABLE', `The store can't be used now: ${error.message}`, {
      cause: error,
    });
  return error.name === 'ReplyError'
    ? new Problem('GENERAL', `Redis refused a command: ${error.message}`, { cause: error })
    : error;
}

/** The server became, or always was, a replica: whoever finds servers may know a better one by now. */
export function isReadOnly(error: Error): boolean {
  return /^(READONLY|UNBLOCKED) /.test(error.message);
}

/** A cluster keeps this slot elsewhere, or it is on its way; the command was not done. */
export function isElsewhere(error: Error): boolean {
  return /^(MOVED|ASK|TRYAGAIN) /.test(error.message);
}

function isOutage(error: Error): boolean {
  if (error.name === 'ReplyError') return TRANSIENT.test(error.message);
  return (
    NAMES.includes(error.name) ||
    CUT.test(error.message) ||
    (error as NodeJS.ErrnoException).syscall !== undefined
  );
}
