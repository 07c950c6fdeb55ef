import { grouped } from '../../../domain/grouped.js';
import type { SampledSeries } from './sampled-series.js';
import { anyOf, speltSelector } from './spelt-selector.js';
import type { OwnLabel, TemplateQuery } from './template-query.js';

/**
 * Values of labels in one query. Prometheus 2.42 looked up 1,000 names of clusters among 10,000 in 36 ms of CPU, and 250 in 12: its
 * answer costs, not the question (67 kB).
 */
const VALUES = 1_000;

/** What can be asked together with others. */
export interface Packable {
  readonly template: TemplateQuery;
  /** How far back it must be read, ms. */
  readonly reach: number;
  /** With how many others, itself included, it may be asked at most. */
  readonly room: number;
}

/**
 * What is asked together, in one query each: what reads one metric by one template, about as far back. Who lags minutes behind
 * makes no other read minutes.
 */
export function packsOf<Member extends Packable>(members: readonly Member[]): Member[][] {
  return [...grouped(members, kindOf).values()].flatMap(filled);
}

/** The selector of all series that some templates, alike but for their routes, read. */
export function packedSelector([first, ...others]: readonly [TemplateQuery, ...TemplateQuery[]]): string {
  const own = first.own.map(({ label, values }, i) => {
    const all = new Set([...values, ...others.flatMap((one) => one.own[i]?.values ?? [])]);
    return anyOf(label, [...all].sort());
  });
  const { form, metric, shared } = first;
  if (form === 'bad') return speltSelector({ metric, matchers: [...shared, ...own] });
  if (form === 'buckets') return speltSelector({ metric: `${metric}_bucket`, matchers: [...shared, ...own] });
  const names = anyOf('__name__', [`${metric}_count`, `${metric}_sum`]);
  return speltSelector({ metric: null, matchers: [names, ...shared, ...own] });
}

/** What of an answer belongs to one template: as the answers to its selectors were, in the order of `Asks`. */
export interface Share {
  readonly first: readonly SampledSeries[];
  readonly beside: readonly SampledSeries[];
}

interface Hand {
  readonly template: TemplateQuery;
  readonly first: SampledSeries[];
  readonly beside: SampledSeries[];
}

/** Deals an answer out: to each template, in their order, the series of its route; to several where they share some. */
export function dealt(templates: readonly TemplateQuery[], series: readonly SampledSeries[]): Share[] {
  const hands = templates.map((template): Hand => ({ template, first: [], beside: [] }));
  const label = templates[0]?.own[0]?.label ?? '';
  const takers = takersOf(hands);
  for (const one of series)
    for (const { hand } of takers.get(one.labels[label] ?? '') ?? [])
      if (isOwn(hand.template.own, one)) pileOf(hand, one).push(one);
  return hands;
}

/** By value of the first label that is a route's own. */
function takersOf(hands: readonly Hand[]): ReadonlyMap<string, readonly { readonly hand: Hand }[]> {
  const wished = hands.flatMap((hand) =>
    (hand.template.own[0]?.values ?? []).map((value) => ({ value, hand })),
  );
  return grouped(wished, ({ value }) => value);
}

function pileOf({ template, first, beside }: Hand, { labels }: SampledSeries): SampledSeries[] {
  return template.form === 'sum' && labels['__name__'] === `${template.metric}_sum` ? beside : first;
}

function isOwn(own: readonly OwnLabel[], { labels }: SampledSeries): boolean {
  return own.every(({ label, values }) => values.includes(labels[label] ?? ''));
}

function kindOf({ template: { form, metric, shared, own }, reach }: Packable): string {
  const doubled = Math.ceil(Math.log2(Math.max(1_000, reach)));
  return JSON.stringify([form, metric, shared, own.map(({ label }) => label), doubled]);
}

function filled<Member extends Packable>(members: readonly Member[]): Member[][] {
  const packs: Member[][] = [];
  let values = 0;
  for (const member of [...members].sort((a, b) => b.room - a.room)) {
    const own = member.template.own.reduce((sum, one) => sum + one.values.length, 0);
    const pack = packs.at(-1);
    if (pack !== undefined && pack.length < member.room && values + own <= VALUES) {
      pack.push(member);
      values += own;
    } else {
      packs.push([member]);
      values = own;
    }
  }
  return packs;
}
