import { Problem } from '../domain/problem.js';

/** A failure in one line for the log: code and words. */
export function describeFailure(error: unknown): string {
  if (error instanceof Problem) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Tells failures of what is done again and again as warnings about `what`. */
export function warningOf(log: { warn(line: string): void }, what: string): (error: unknown) => void {
  return (error) => log.warn(`${what}: ${describeFailure(error)}`);
}

/** Somebody else wrote in between, or leads by now: nothing is wrong, the next look decides anew. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'STALE_REVISION' || error.code === 'STALE_LEASE');
}
