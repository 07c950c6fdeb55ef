import { load } from './guards-live/load.mjs';

/** Guards at work, against a real Prometheus. */
export async function run({ short }) {
  return [...(await load({ short }))];
}
