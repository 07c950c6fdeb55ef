import { detection } from './guards-live/detection.mjs';
import { load } from './guards-live/load.mjs';

/** Guards at work, against a real Prometheus and a real Redis: what many of them take, and how soon one finds what is worse. */
export async function run({ short }) {
  return [...(await load({ short })), ...(await detection({ short }))];
}
