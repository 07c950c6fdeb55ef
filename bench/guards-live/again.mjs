import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 100;
const WAIT = 200;

/** Asks until it is answered, 20 s at most: a route may not stand yet, a kept connection may be closed as it is used, a busy store be late. */
export async function again(ask) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === TRIES) throw error;
      await sleep(WAIT);
    }
  }
}
