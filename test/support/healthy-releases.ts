import { eventually } from '../mesh/testbed/eventually.js';
import type { LoadAnswer, SteadyLoad } from '../mesh/testbed/steady-load.js';
import type { Steps } from './checkout.js';
import type { OutletStage } from './outlet-stage.js';

const BOTH = ['v1', 'v2'] as const;
/** What fails in any case, in either version. */
const BASE = { status: 503, share: 0.01 };

/** Releases with nothing wrong: both versions fail one request in a hundred. */
export class HealthyReleases {
  readonly #loads = new Map<string, SteadyLoad>();

  private constructor(
    private readonly stage: OutletStage,
    readonly names: readonly string[],
  ) {}

  /** Opens `count` outlets with traffic, and starts their releases. */
  static async start(
    stage: OutletStage,
    { names, steps, perSecond }: { names: readonly string[]; steps: Steps; perSecond: number },
  ): Promise<HealthyReleases> {
    await stage.open(names.map((name) => ({ name, steps })));
    const healthy = new HealthyReleases(stage, names);
    healthy.recover();
    for (const name of names) healthy.#loads.set(name, stage.outlets.load(name, perSecond));
    await stage.releases.start(names);
    return healthy;
  }

  /** Something that both versions need fails three requests in ten. */
  suffer(): void {
    this.stage.outlets.fault(this.names, BOTH, { ...BASE, share: 0.3 });
  }

  recover(): void {
    this.stage.outlets.fault(this.names, BOTH, BASE);
  }

  /** Waits until the guard has judged so many more windows of each, all with traffic after this moment. */
  async untilJudged(count: number): Promise<void> {
    const before = await this.#windows();
    await eventually(async () => {
      const windows = await this.#windows();
      const late = this.names.find((_, index) => (windows[index] ?? 0) - (before[index] ?? 0) < count);
      if (late !== undefined) throw new Error(`the guard of ${late} has not judged ${count} windows more`);
    }, 60_000);
  }

  async #windows(): Promise<readonly number[]> {
    const records = await this.stage.releases.records();
    return this.names.map((name) => records.get(name)?.windows ?? 0);
  }

  /** Waits until each has passed or was stopped. */
  async untilEnded(): Promise<void> {
    await eventually(async () => {
      const running = (await this.tokens()).filter((token) => token?.endsWith('.running'));
      if (running.length > 0)
        throw new Error(`${running.length} releases still stand at ${running.join(', ')}`);
    }, 300_000);
  }

  /** Those whose guard has tripped. */
  async stopped(): Promise<readonly string[]> {
    const records = await this.stage.releases.records();
    return this.names.filter((name) => records.get(name)?.trippedAt != null);
  }

  /** Where each stands, as `run.step.state`. */
  async tokens(): Promise<readonly (string | undefined)[]> {
    const positions = await this.stage.releases.positions();
    return this.names.map((name) => positions.get(name)?.token);
  }

  answersOf(name: string): readonly LoadAnswer[] {
    return this.#loads.get(name)?.answers ?? [];
  }

  /** Answers so far of a version to all of them, and how many of them were bad. */
  answers(version: (typeof BOTH)[number]): { readonly total: number; readonly bad: number } {
    const all = [...this.#loads.values()].flatMap(({ answers }) => answers);
    const own = all.filter((answer) => answer.version === version);
    return { total: own.length, bad: own.filter(({ failure }) => failure !== null).length };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#loads.values()].map((load) => load.stop()));
    this.stage.outlets.fault(this.names, BOTH, null);
  }
}
