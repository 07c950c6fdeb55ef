import { setImmediate as turn } from 'node:timers/promises';
import { nothingNew, USUAL_WINDOW } from '../../../domain/guard/nothing-new.js';
import { NOTHING_TO_READ, SourceFault, troubleIn } from '../../../domain/guard/trouble.js';
import type { Guard, GuardQuery } from '../../../domain/guard.js';
import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import type { MetricReading, MetricWindow } from '../../../domain/guard/reading.js';
import type { PodShare } from '../../../domain/guard/suggestion.js';
import { MetricHistory, type PastSpan } from '../../../ports/metric-history.js';
import { type Asks, asksOf, samplesOf } from './asks.js';
import { selectorsOf } from './guard-selectors.js';
import { BEFORE, ChunkSize } from './chunk-size.js';
import { Halves } from './halves.js';
import { PrometheusClient } from './prometheus-client.js';
import type { PrometheusServer } from './prometheus-server.js';
import { readWindows } from './read-windows.js';
import { ROUGH_LENGTH, roughWindows } from './rough-windows.js';
import type { SampledSeries } from './sampled-series.js';
import { IDENTITY } from './series-target.js';
import { withMatcher } from './with-matcher.js';

/** A span that takes longer to read is given up, ms; it is read in small parts, beside all else. */
const PATIENCE = 60_000;
/** As long as a rough past is looked for, ms. */
const ROUGH_PATIENCE = 15_000;

/** What is read of a rough past at a time, ms. */
const DAY = 24 * 60 * 60_000;

const NOT_SET_UP = 'no Prometheus is set up here (TIDEGATE_PROMETHEUS_URL)';

/** What stands for one reading of a span. */
interface Sought {
  readonly query: GuardQuery;
  readonly asks: Asks;
  readonly arm: GuardQuery['arm'];
  readonly deal: (series: readonly SampledSeries[]) => readonly SampledSeries[];
  readonly since: number;
  readonly strata: Guard['strata'];
}

/** Past windows out of the raw samples of a Prometheus, cut as those of the present are. */
export class PrometheusMetricHistory extends MetricHistory {
  /** By what guards name them; null: the one without a name. */
  readonly #clients: ReadonlyMap<string | null, PrometheusClient>;

  constructor(server: PrometheusServer | null, named: Readonly<Record<string, PrometheusServer>> = {}) {
    super();
    const servers = [...Object.entries(named), ...(server === null ? [] : [[null, server] as const])];
    this.#clients = new Map(servers.map(([name, one]) => [name, new PrometheusClient(one)]));
  }

  override async windows({ subject, from, to, parts }: PastSpan): Promise<MetricReading> {
    const sought = soughtIn(subject, parts);
    try {
      if (typeof sought === 'string') throw new SourceFault('NOT_READABLE', sought);
      const size = new ChunkSize(parts === 'halves');
      return await readAll(this.#clientOf(subject), { ...sought, since: from }, { to, size });
    } catch (error) {
      return nothingNew(from, troubleIn(error));
    }
  }

  override async rough({ subject, from, to }: Omit<PastSpan, 'parts'>): Promise<MetricReading> {
    const sought = soughtIn(subject, 'arms');
    try {
      if (typeof sought === 'string') throw new SourceFault('NOT_READABLE', sought);
      return { ...nothingNew(to), ...(await roughDays(this.#clientOf(subject), sought.query, { from, to })) };
    } catch (error) {
      return nothingNew(to, troubleIn(error));
    }
  }

  override async pods({ subject, from, to }: Omit<PastSpan, 'parts'>): Promise<readonly PodShare[]> {
    const selectors = subject.guard.source === 'prometheus' ? selectorsOf(subject) : null;
    const { bad, total } = selectors ?? {};
    if (selectors === null || bad === undefined || total === undefined) return [];
    const { arm } = selectors;
    const by = `sum by (${IDENTITY.join(', ')}) (increase(`;
    const span = Math.ceil((to - from) / 1_000);
    const asked = [bad, total].map(
      (selector) => `${by}${withMatcher(selector, arm.label, arm.control)}[${span}s]))`,
    );
    try {
      const client = this.#clientOf(subject);
      const [bads = [], totals = []] = await Promise.all(asked.map((one) => client.values(one, to)));
      const named = new Map(bads.map(({ labels, value }) => [nameOf(labels), value]));
      return totals.map(({ labels, value }) => {
        const pod = nameOf(labels);
        return { pod, bad: named.get(pod) ?? 0, total: value };
      });
    } catch {
      return [];
    }
  }

  #clientOf({ guard }: GuardSubject): PrometheusClient {
    const client = this.#clients.get(guard.server);
    if (client !== undefined) return client;
    const words = guard.server === null ? NOT_SET_UP : `no Prometheus named "${guard.server}" is set up here`;
    throw new SourceFault('NO_SOURCE', words);
  }
}

interface Reading {
  readonly to: number;
  readonly size: ChunkSize;
}

/** Chunk by chunk, each so small that others are served in between. */
async function readAll(
  client: PrometheusClient,
  sought: Sought,
  { to, size }: Reading,
): Promise<MetricReading> {
  const deadline = performance.now() + PATIENCE;
  const windows: MetricWindow[] = [];
  let [watermark, windowLength] = [sought.since, USUAL_WINDOW];
  for (let end = watermark; end < to;) {
    if (performance.now() > deadline)
      throw new SourceFault('NO_ANSWER', 'reading it took too long: ask for a shorter period');
    const next = Math.min(to, end + size.chunk);
    const begins = watermark - size.before;
    const found = await readUntil(client, sought, { begins, watermark, end: next });
    if (found === 'too large') {
      if (!size.halve())
        throw new SourceFault('ANSWER_TOO_LARGE', 'Prometheus answered more than 10 MB: narrow the selector');
      continue;
    }
    const { reading, samples } = found;
    if (reading.unknown !== null) throw new SourceFault(reading.code ?? 'BAD_ANSWER', reading.unknown);
    windows.push(...reading.windows);
    if (reading.windows.length > 0) windowLength = reading.windowLength;
    size.fit({ samples, span: next - begins }, reading.windows.length > 0 ? windowLength : null);
    // Where nothing came there was nothing to read: a gap is not read again and again.
    watermark = Math.max(reading.watermark, next - BEFORE);
    end = next;
    await turn();
  }
  return { windows, watermark, unknown: null, lost: 0, windowLength };
}

/** What to read of a guard, or why there is nothing, in words. */
function soughtIn(subject: PastSpan['subject'], parts: PastSpan['parts']): Omit<Sought, 'since'> | string {
  const { source } = subject.guard;
  if (source !== 'prometheus') return `source "${source}" keeps no history to read`;
  const selectors = selectorsOf(subject);
  const asks = selectors && asksOf(selectors);
  if (selectors === null || asks === null) return NOTHING_TO_READ.words;
  const { arm } = selectors;
  const { strata } = subject.guard;
  if (parts === 'arms') return { query: selectors, asks, arm, strata, deal: (series) => series };
  const halves = new Halves(arm);
  const deal = (series: readonly SampledSeries[]): readonly SampledSeries[] => halves.deal(series);
  return { query: selectors, asks: ofControl(asks, arm), arm: halves.arm, strata, deal };
}

/** Day by day, the last one first: a past too long to read in time begins later. */
async function roughDays(
  client: PrometheusClient,
  query: GuardQuery,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Pick<MetricReading, 'windows' | 'windowLength'>> {
  const deadline = performance.now() + ROUGH_PATIENCE;
  const days: MetricWindow[][] = [];
  for (let end = to; end > from && performance.now() < deadline; end -= DAY)
    days.unshift(await roughWindows(client, query, { from: Math.max(from, end - DAY), to: end }));
  return { windows: days.flat(), windowLength: ROUGH_LENGTH };
}

async function readUntil(
  client: PrometheusClient,
  { asks, arm, deal, since, strata }: Sought,
  { begins, watermark, end }: { readonly begins: number; readonly watermark: number; readonly end: number },
): Promise<{ readonly reading: MetricReading; readonly samples: number } | 'too large'> {
  const read = (selector: string): Promise<SampledSeries[]> =>
    client.samples(selector, Math.ceil((end - begins) / 1_000), end);
  try {
    const first = deal(await read(asks.first));
    const beside = asks.beside === null ? [] : deal(await read(asks.beside));
    // Taking an answer apart is half of the work: others have their turn before it is cut.
    await turn();
    const samples = [...first, ...beside].reduce((sum, one) => sum + one.samples.length, 0);
    const cut = readWindows(samplesOf(asks, { first, beside, begins }), arm, { watermark, since, strata });
    return { reading: cut, samples };
  } catch (error) {
    if (troubleIn(error).code === 'ANSWER_TOO_LARGE') return 'too large';
    throw error;
  }
}

function ofControl(asks: Asks, { label, control }: GuardQuery['arm']): Asks {
  const narrow = (selector: string): string => withMatcher(selector, label, control);
  return { ...asks, first: narrow(asks.first), beside: asks.beside === null ? null : narrow(asks.beside) };
}

function nameOf(labels: { readonly [name: string]: string }): string {
  return ['pod', 'instance', 'job'].flatMap((label) => labels[label] ?? []).join(' ');
}
