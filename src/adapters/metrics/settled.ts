/** How long a reading waits for what it asked; what comes later is part of a later reading. ms. */
const PATIENCE = 1_000;

/** Waits for all of them, or until patience ends. */
export async function settled(answering: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const impatient = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
  await Promise.race([Promise.all(answering), impatient]);
  clearTimeout(timer);
}
