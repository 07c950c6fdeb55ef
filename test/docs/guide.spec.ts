import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { App } from '../support/app.js';
import { type Block, blocksOf } from '../support/page.js';
import { pastTraffic } from '../support/past-traffic.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { overEvents } from '../support/subscriber.js';

/** A service for one page: what a block makes, those after it find. */
class Reader {
  readonly #environment: Record<string, string | undefined>;

  constructor(private readonly app: App) {
    this.#environment = { ...process.env, TIDEGATE: app.url, ADMIN_TOKEN: app.token };
  }

  run({ language, text, answer }: Block): Promise<object> {
    if (language === 'sh') return this.#runShell(text);
    if (text.startsWith('subscription')) return this.#subscribe(text);
    return this.#runGraphql(text, answer !== null && JSON.stringify(answer).includes('userErrors'));
  }

  /** What the page calls "a moment later" is the mesh taking the route: NOT_READY, which wrote nothing, is asked again. */
  async #runGraphql(text: string, isRefused: boolean): Promise<object> {
    const { data, codes } = await eventually(async () => {
      const answer = await this.#ask(text);
      if (answer.codes.includes('NOT_READY')) throw new Error('NOT_READY');
      return answer;
    }, 15_000);
    if (!isRefused) expect(codes).toEqual([]);
    return data;
  }

  async #ask(text: string): Promise<{ readonly data: object; readonly codes: readonly string[] }> {
    const { data, errors } = await this.app.api().run(text);
    expect(errors).toEqual([]);
    const payloads = Object.values(data ?? {}) as (Payload | null)[];
    for (const payload of payloads)
      this.#environment['SERVER_TOKEN'] = payload?.secret ?? this.#environment['SERVER_TOKEN'];
    const codes = payloads.flatMap((payload) => (payload?.userErrors ?? []).map(({ code }) => code));
    return { data: data ?? {}, codes };
  }

  async #subscribe(query: string): Promise<object> {
    const subscriber = await overEvents({ url: this.app.url, token: this.app.token, query });
    const { data, errors } = await subscriber.next();
    subscriber.close();
    expect(errors).toBeUndefined();
    return data ?? {};
  }

  async #runShell(text: string): Promise<object> {
    const { stdout } = await promisify(execFile)('bash', ['-euc', text], { env: this.#environment });
    return JSON.parse(stdout) as object;
  }
}

type Payload = { readonly userErrors?: readonly { readonly code: string }[]; readonly secret?: string };

/** Pages that are read one after the other, each list with a service of its own. */
const SHELVES = [
  ['docs/guide.md', 'docs/releases.md', 'docs/routes.md'],
  ['docs/api.md'],
  ['docs/routes.md'],
  ['docs/discovery.md'],
  ['docs/metric-sources.md'],
  ['docs/guards.md'],
];

/** Three hours in which both versions fail alike. */
function withHistory(): Promise<TestPrometheus> {
  const pods = { v1: 2, v2: 1 };
  return startPrometheus(
    [],
    1,
    pastTraffic({ until: Date.now(), hours: 3, pods, perScrape: 50, bad: () => 0.05, burst: 1 }),
  );
}

describe.each(SHELVES.map((pages) => ({ pages })))('the pages $pages', ({ pages }) => {
  let app: App;
  let reader: Reader;
  let prometheus: TestPrometheus | null = null;

  beforeAll(async () => {
    prometheus = pages.includes('docs/guards.md') ? await withHistory() : null;
    app = await App.start({
      settings: prometheus === null ? {} : { TIDEGATE_PROMETHEUS_URL: prometheus.url },
    });
    reader = new Reader(app);
  }, 60_000);

  afterAll(async () => {
    await app?.stop();
    await prometheus?.stop();
  });

  describe.each(pages)('%s', (page) => {
    const blocks = blocksOf(page);

    it('has blocks to run', () => {
      expect(blocks.map(({ language }) => language)).toEqual(expect.arrayContaining(['graphql', 'sh']));
    });

    it.each(blocks)('does what it says at line $line', async (block) => {
      const given = await reader.run(block);
      if (block.answer !== null) expect(given).toMatchObject(block.answer);
    });
  });
});
