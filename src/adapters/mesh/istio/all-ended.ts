/** Waits for all, so that nothing is under way any more when one has failed; rejects with what the first said that did. */
export async function allEnded(acts: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(acts)).find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
