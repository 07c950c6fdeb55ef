/** A seeded source of numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const SCRAPE = 15;

/** Requests of two versions as Prometheus scraped them before a test began. */
export interface PastTraffic {
  /** End of it, epoch ms. */
  readonly until: number;
  readonly hours: number;
  /** Pods of each version; each has `perScrape` requests between two scrapes. */
  readonly pods: { readonly v1: number; readonly v2: number };
  readonly perScrape: number;
  /** The bad share of a version, `ago` seconds before the end. */
  readonly bad: (version: 'v1' | 'v2', ago: number) => number;
  /** Bad requests that come together, on average; 1 = each by itself. */
  readonly burst: number;
}

/** Samples of `requests_total{version, code}` in OpenMetrics' text format, scraped every 15 s. */
export function pastTraffic({ until, hours, pods, perScrape, bad, burst }: PastTraffic): string {
  const random = seeded(7);
  const lines: string[] = [];
  const end = Math.floor(until / 1_000);
  for (const version of ['v1', 'v2'] as const) {
    for (let pod = 0; pod < pods[version]; pod += 1) {
      const counted = { bad: 0, good: 0 };
      for (let at = end - hours * 3_600; at <= end; at += SCRAPE) {
        const failed = failures(perScrape, { share: bad(version, end - at), burst, random });
        counted.bad += failed;
        counted.good += perScrape - failed;
        const labels = `job="past",instance="${version}-${pod}",version="${version}"`;
        lines.push(`requests_total{${labels},code="500"} ${counted.bad} ${at}`);
        lines.push(`requests_total{${labels},code="200"} ${counted.good} ${at}`);
      }
    }
  }
  return ['# TYPE requests counter', ...lines, '# EOF', ''].join('\n');
}

function failures(
  requests: number,
  { share, burst, random }: { readonly share: number; readonly burst: number; readonly random: () => number },
): number {
  let failed = 0;
  for (let i = 0; i < requests; i += 1) if (random() < share / burst) failed += burst;
  return Math.min(requests, failed);
}
