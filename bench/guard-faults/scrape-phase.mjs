import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the gateway will be scraped in `ms`. */
export async function untilBeforeScrape({ prometheus }, ms) {
  const [{ value }] = await prometheus.values('timestamp(up{job="gateway"})');
  const { scrapeMs } = prometheus;
  const since = Date.now() - value * 1_000;
  const wait = scrapeMs - ms - (since % scrapeMs);
  await sleep(wait >= 0 ? wait : wait + scrapeMs);
}
