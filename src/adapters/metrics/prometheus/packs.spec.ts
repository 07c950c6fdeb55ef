import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { guardSchema } from '../../../domain/guard.js';
import { isPlainSelector, readSelector, type Selector } from '../../../domain/metric-selector.js';
import { selectorTest } from '../../../domain/selector-test.js';
import { templateOf } from './guard-selectors.js';
import { dealt, type Packable, packedSelector, packsOf } from './packs.js';
import type { SampledSeries } from './sampled-series.js';
import { selectorsFor, type TemplateQuery } from './template-query.js';

type Name = 'envoy' | 'istio' | 'linkerd' | 'nginxGateway' | 'httpServer';
type Kind = 'ratio' | 'latency' | 'mean';

interface Shape {
  readonly template?: Name;
  readonly kind?: Kind;
  readonly service?: string;
  readonly arms?: readonly [string, string];
}

function templateFor({ template = 'istio', kind = 'ratio', service = 'a.shop', arms = ['v2', 'v1'] }: Shape) {
  const [fresh, control] = arms;
  const guard = guardSchema.parse({ key: 'g', source: 'prometheus', template, kind, margin: 1.2 });
  const route = { key: 'r', service: `${service}.svc.cluster.local`, port: 80, versions: { v1: {} } };
  const subject = { environment: 'e', guard, arms: { new: fresh, control }, route, rule: null };
  const found = templateOf(subject);
  if (found === null) throw new Error('no template');
  return found;
}

const SCRAPE = 5_000;

type Place = Partial<Omit<Packable, 'template'>>;

function member({ reach = 5 * SCRAPE, room = Infinity, ...shape }: Shape & Place): Packable {
  return { template: templateFor(shape), reach, room };
}

const fleet = (count: number, more: Place = {}): Packable[] =>
  Array.from({ length: count }, (_, i) => member({ service: `s-${i}.shop`, ...more }));

function readOrThrow(text: string | undefined): Selector {
  const read = readSelector(text ?? '');
  if (read === null) throw new Error(`no selector: ${text}`);
  return read;
}

describe('what is asked together', () => {
  it.each<[string, readonly Packable[], readonly number[]]>([
    ['all routes of one template', fleet(300), [300]],
    [
      'neither another template, nor another kind',
      [...fleet(3), member({ template: 'envoy' }), member({ kind: 'latency' }), member({ kind: 'mean' })],
      [3, 1, 1, 1],
    ],
    ['at most 1,000 values of labels', fleet(2_001), [1_000, 1_000, 1]],
    [
      'Envoy’s clusters count by version',
      Array.from({ length: 501 }, (_, i) => {
        return member({ template: 'envoy', service: `s-${i}.shop` });
      }),
      [500, 1],
    ],
    ['what lags behind goes apart', [...fleet(4), ...fleet(2, { reach: 600_000 })], [4, 2]],
    ['not what lags one scrape behind', [...fleet(4), ...fleet(2, { reach: 6 * SCRAPE })], [6]],
    ['no more than there was room for', fleet(10, { room: 4 }), [4, 4, 2]],
    ['one that has no room for others is alone', [...fleet(1, { room: 1 }), ...fleet(5)], [5, 1]],
  ])('%s', (_, members, sizes) => {
    expect(packsOf(members).map(({ length }) => length)).toEqual(sizes);
  });

  it('is each member once, with none that it has no room for', () => {
    const room = fc.constantFrom(1, 2, 3, 7, Infinity);
    const reach = fc.constantFrom(24_000, 29_000, 90_000, 600_000);
    const template = fc.constantFrom<Name>('envoy', 'istio', 'linkerd', 'nginxGateway', 'httpServer');
    const one = fc
      .record({ room, reach, template, service: fc.constantFrom('a.x', 'b.x', 'a.y') })
      .map(member);
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), (members) => {
        const packs = packsOf(members);
        expect(new Set(packs.flat())).toEqual(new Set(members));
        expect(packs.flat().length).toBe(members.length);
        for (const pack of packs) {
          const reaches = pack.map((each) => each.reach);
          expect(pack.length).toBeLessThanOrEqual(Math.min(...pack.map((each) => each.room)));
          expect(Math.max(...reaches)).toBeLessThan(2 * Math.min(...reaches));
          expect(new Set(pack.map((each) => each.template.metric)).size).toBe(1);
        }
      }),
    );
  });
});

describe('one selector for several', () => {
  it.each<[string, readonly [TemplateQuery, ...TemplateQuery[]], string]>([
    [
      'of Istio names the services',
      [templateFor({ service: 'b.shop' }), templateFor({ service: 'a.shop' })],
      String.raw`istio_requests_total{reporter=~"source|waypoint",destination_service=~"a\\.shop\\.svc\\.cluster\\.local|b\\.shop\\.svc\\.cluster\\.local"}`,
    ],
    [
      'of Linkerd names services and namespaces',
      [
        templateFor({ template: 'linkerd', service: 'a.x' }),
        templateFor({ template: 'linkerd', service: 'a.y' }),
      ],
      'response_total{direction="outbound",dst_service="a",dst_namespace=~"x|y"}',
    ],
    [
      'of a mean names its sum and its count',
      [templateFor({ template: 'httpServer', kind: 'mean' })],
      '{__name__=~"http_server_request_duration_seconds_count|http_server_request_duration_seconds_sum",service_name="a"}',
    ],
    [
      'of a route alone asks what its own selector does',
      [templateFor({ template: 'envoy' })],
      selectorsFor(templateFor({ template: 'envoy' })).total ?? '',
    ],
  ])('%s', (_, templates, expected) => {
    expect(packedSelector(templates)).toBe(expected);
    expect(isPlainSelector(expected)).toBe(true);
  });
});

/** Series of a few routes, some of them of none that is asked for. */
function seriesOf(template: Name, kind: Kind): fc.Arbitrary<SampledSeries> {
  const templates = ['a.x', 'b.x', 'a.y', 'b.y', 'ab.x'].map((service) =>
    templateFor({ template, kind, service }),
  );
  const [first] = templates;
  const values = (i: number): string[] => templates.flatMap(({ own }) => own[i]?.values ?? []);
  const labels = (first?.own ?? []).map(
    ({ label }, i) => [label, fc.constantFrom(...values(i), 'other')] as const,
  );
  const names = { ratio: [''], latency: ['_bucket'], mean: ['_sum', '_count'] }[kind];
  const failed = first?.failed.label ?? '';
  return fc
    .record({
      ...Object.fromEntries(labels),
      __name__: fc.constantFrom(...names.map((end) => `${first?.metric}${end}`)),
      [failed]: fc.constantFrom('200', '500', '503', '5xx', '2xx', 'failure', ''),
      reporter: fc.constantFrom('source', 'destination', 'waypoint'),
      direction: fc.constantFrom('inbound', 'outbound'),
      pod: fc.constantFrom('p', 'q'),
    })
    .map((of) => ({ labels: of as Record<string, string>, samples: [] }));
}

describe('what belongs to whom', () => {
  it.each<[Name, Kind]>([
    ['envoy', 'ratio'],
    ['envoy', 'latency'],
    ['istio', 'ratio'],
    ['istio', 'mean'],
    ['linkerd', 'ratio'],
    ['linkerd', 'latency'],
    ['nginxGateway', 'ratio'],
    ['httpServer', 'ratio'],
    ['httpServer', 'mean'],
  ])('is what the selectors of each alone select: %s, %s', (template, kind) => {
    const service = fc.constantFrom('a.x', 'b.x', 'a.y');
    const arms = fc.constantFrom<readonly [string, string]>(['v2', 'v1'], ['v3', 'v2'], ['v3', 'v1']);
    const shapes = fc.array(fc.record({ service, arms }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(shapes, fc.array(seriesOf(template, kind), { maxLength: 40 }), (routes, all) => {
        const [first, ...others] = routes.map((one) => templateFor({ ...one, template, kind }));
        if (first === undefined) return;
        const selects = (text: string | undefined): ((one: SampledSeries) => boolean) => {
          const test = selectorTest(readOrThrow(text));
          return ({ labels }) => test(labels['__name__'] ?? '', labels);
        };
        // As a Prometheus answers it.
        const answer = all.filter(selects(packedSelector([first, ...others])));
        const shares = dealt([first, ...others], answer);
        for (const [i, one] of [first, ...others].entries()) {
          const alone = selectorsFor(one);
          expect(shares[i]?.first).toEqual(all.filter(selects(alone.buckets ?? alone.total)));
          expect(shares[i]?.beside).toEqual(alone.sum === undefined ? [] : all.filter(selects(alone.sum)));
        }
      }),
    );
  });
});
