import { beforeAll, it } from '@jest/globals';

/** A test that runs beside the others of its file: they wait for scrapes most of the time. `limit`: how long it may take, ms. */
export function meanwhile(title: string, run: () => Promise<void>, limit = 180_000): void {
  let outcome: Promise<void> = Promise.resolve();
  beforeAll(() => {
    outcome = run();
    outcome.catch(() => undefined);
  });
  it(title, () => outcome, limit);
}
