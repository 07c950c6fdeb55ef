import { get } from 'node:http';
import type { ProxyCount, RouteConfirmation } from '../../../../domain/route-status.js';
import type { MeshObject } from '../../istio-objects/mesh-object.js';
import { PROBE_HEADER, probesOf } from '../../istio-objects/probe-rule.js';
import { isSameJson } from '../../../../domain/same-json.js';
import { podUrls, type SlicesOf } from './pod-urls.js';

interface Kept {
  readonly probes: ReturnType<typeof probesOf>;
  gateways: ProxyCount;
  at: number | null;
  isAsking: boolean;
}

/** Longest wait for a gateway, ms. */
const TIMEOUT = 2_000;
/** A longer answer is none to a probe, characters. */
const LONGEST = 200;
const NONE: ProxyCount = { confirmed: 0, of: 0 };

/** Asks gateways themselves which rules of a route they have; in memory, one entry a route. Nobody waits for an answer. */
export class GatewayProbe {
  readonly #kept = new Map<string, Kept>();

  /** `urls`: where the gateways listen; a URL of a Service stands for all its ready pods. */
  constructor(
    private readonly urls: readonly string[],
    private readonly slicesOf: SlicesOf,
  ) {}

  /**
   * How many gateways had the route's objects, `place` being the route's, when they last answered; asks again until all
   * have them.
   */
  of(place: string, objects: readonly MeshObject[]): RouteConfirmation {
    const probes = probesOf(objects);
    const before = this.#kept.get(place);
    const fresh: Kept = { probes, gateways: NONE, at: null, isAsking: false };
    const kept = before !== undefined && isSameJson(before.probes, probes) ? before : fresh;
    this.#kept.set(place, kept);
    if (kept.at === null && !kept.isAsking) void this.#ask(kept);
    return { by: 'probe', gateways: kept.gateways, sidecars: NONE, at: kept.at };
  }

  forget(place: string): void {
    this.#kept.delete(place);
  }

  async #ask(kept: Kept): Promise<void> {
    kept.isAsking = true;
    try {
      const urls = await podUrls(this.urls, this.slicesOf);
      const answers = await Promise.all(
        urls.map(async (url) => {
          const told = await Promise.all(
            kept.probes.map(async ({ host, answer }) => (await answerOf(url, host)) === answer),
          );
          return told.every(Boolean);
        }),
      );
      const confirmed = answers.filter(Boolean).length;
      kept.gateways = { confirmed, of: answers.length };
      if (answers.length > 0 && confirmed === answers.length) kept.at = Date.now();
    } catch {
      // Where the gateways are can't be told now; it is asked again.
    } finally {
      kept.isAsking = false;
    }
  }
}

/** What a gateway says of a host; null where it says nothing. A wildcard is asked by a name of its own. */
function answerOf(url: string, host: string): Promise<string | null> {
  const headers = { host: host.replace('*', 'tidegate-probe'), [PROBE_HEADER]: '1' };
  return new Promise((resolve) => {
    const request = get(url, { headers, signal: AbortSignal.timeout(TIMEOUT), agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > LONGEST) request.destroy();
      });
      response.on('end', () => resolve(response.statusCode === 200 ? text : null));
      response.on('close', () => resolve(null));
    });
    request.on('error', () => resolve(null));
  });
}
