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
  /** Also `took_seconds`, a histogram: half of all take about 0.05 s, a tenth 1 s, the rest 0.25 s. */
  readonly times?: boolean;
}

/** Samples of `requests_total{version, code}` in OpenMetrics' text format, scraped every 15 s. */
export function pastTraffic({
  until,
  hours,
  pods,
  perScrape,
  bad,
  burst,
  times = false,
}: PastTraffic): string {
  const random = seeded(7);
  const lines: string[] = [];
  const timed: string[] = [];
  const end = Math.floor(until / 1_000);
  for (const version of ['v1', 'v2'] as const) {
    for (let pod = 0; pod < pods[version]; pod += 1) {
      const counted = { bad: 0, good: 0 };
      const took = new Took(random);
      for (let at = end - hours * 3_600; at <= end; at += SCRAPE) {
        const failed = failures(perScrape, { share: bad(version, end - at), burst, random });
        counted.bad += failed;
        counted.good += perScrape - failed;
        const labels = `job="past",instance="${version}-${pod}",version="${version}"`;
        lines.push(`requests_total{${labels},code="500"} ${counted.bad} ${at}`);
        lines.push(`requests_total{${labels},code="200"} ${counted.good} ${at}`);
        if (times) timed.push(...took.after(perScrape, { labels, at }));
      }
    }
  }
  const histogram = times ? ['# TYPE took_seconds histogram', ...timed] : [];
  return ['# TYPE requests counter', ...lines, ...histogram, '# EOF', ''].join('\n');
}

/** Times of the requests of one pod, as a histogram of bounds 0.1 and 0.5. */
class Took {
  readonly #counts = { fast: 0, middling: 0, all: 0 };
  #sum = 0;

  constructor(private readonly random: () => number) {}

  after(requests: number, { labels, at }: { readonly labels: string; readonly at: number }): string[] {
    for (let i = 0; i < requests; i += 1) this.#add(this.random());
    const { fast, middling, all } = this.#counts;
    return [
      `took_seconds_bucket{${labels},le="0.1"} ${fast} ${at}`,
      `took_seconds_bucket{${labels},le="0.5"} ${middling} ${at}`,
      `took_seconds_bucket{${labels},le="+Inf"} ${all} ${at}`,
      `took_seconds_sum{${labels}} ${this.#sum.toFixed(3)} ${at}`,
      `took_seconds_count{${labels}} ${all} ${at}`,
    ];
  }

  #add(draw: number): void {
    this.#counts.all += 1;
    if (draw < 0.9) this.#counts.middling += 1;
    if (draw < 0.5) this.#counts.fast += 1;
    if (draw < 0.5) this.#sum += 0.05;
    else this.#sum += draw < 0.9 ? 0.25 : 1;
  }
}

function failures(
  requests: number,
  { share, burst, random }: { readonly share: number; readonly burst: number; readonly random: () => number },
): number {
  let failed = 0;
  for (let i = 0; i < requests; i += 1) if (random() < share / burst) failed += burst;
  return Math.min(requests, failed);
}
