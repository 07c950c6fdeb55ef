import { eventually } from '../mesh/testbed/eventually.js';
import { outletHost, outletService } from '../mesh/testbed/outlets.js';
import type { GuardRecord, RolloutPosition } from '../../src/schema.types.js';
import type { AdminClient } from './admin-client.js';
import { ENVIRONMENT, GATEWAY, GUARD, type Steps } from './checkout.js';

const environment = ENVIRONMENT;
const reason = 'A release of each outlet';

/** As it is shipped: only what must be said is said. */
const AS_SHIPPED = { source: 'prometheus', template: 'envoy', margin: 1.2 };
const INDEPENDENT = `${GUARD}-independent`;
const GUARDS = { [GUARD]: AS_SHIPPED, [INDEPENDENT]: { ...AS_SHIPPED, phi: 1 } };

/** One route and one rollout for each outlet, watched by one of two guards; key = the outlet's name. */
export class OutletReleases {
  /** As shipped, and for versions whose requests fail independently of each other, as those of the shop do. */
  readonly guards = { shipped: GUARD, independent: INDEPENDENT };

  constructor(private readonly admin: AdminClient) {}

  /** Makes the environment with its guards. */
  async prepare(): Promise<void> {
    await this.admin.do('createEnvironment', { key: environment, reason });
    for (const [key, guard] of Object.entries(GUARDS))
      await this.admin.do('createGuard', { environment, key, ...guard, reason });
  }

  /** `guard`: as shipped unless it says otherwise. */
  async define(name: string, steps: Steps, guard: string = GUARD): Promise<void> {
    await this.admin.do('createRoute', {
      environment,
      key: name,
      service: outletService(name),
      gateways: [{ name: GATEWAY, hosts: [outletHost(name)] }],
      mesh: false,
      versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
      default: 'v1',
      reason,
    });
    await this.admin.do('createRollout', {
      environment,
      key: name,
      routes: [{ key: name, new: 'v2', control: 'v1' }],
      steps,
      guards: [guard],
      reason,
    });
  }

  /** Starts all of them, each as soon as its route stands. */
  async start(names: readonly string[]): Promise<void> {
    const begin = (key: string) =>
      eventually(() => this.admin.do('startRollout', { environment, key, reason }), 60_000);
    await Promise.all(names.map(begin));
  }

  /** Waits until all releases stand so. */
  async untilAll(names: readonly string[], state: string, withinMs = 60_000): Promise<void> {
    await eventually(async () => {
      const positions = await this.positions();
      const late = names.find((name) => positions.get(name)?.state !== state);
      if (late !== undefined) throw new Error(`${late} stands at ${JSON.stringify(positions.get(late))}`);
    }, withinMs);
  }

  /** Waits until the guards have this state in all releases that are under way. */
  async untilGuards(names: readonly string[], state: string, withinMs = 60_000): Promise<void> {
    await eventually(async () => {
      const records = await this.records();
      const late = names.find((name) => records.get(name)?.state !== state);
      if (late !== undefined) throw new Error(`the guard of ${late}: ${JSON.stringify(records.get(late))}`);
    }, withinMs);
  }

  async positions(): Promise<ReadonlyMap<string, RolloutPosition>> {
    const { rollouts } = await this.admin.run(
      `{ rollouts(environment: "${environment}", first: 100) { edges { node { key position { token run step state waiting } } } } }`,
    );
    return new Map(rollouts.edges.map(({ node: { key, position } }) => [key, position]));
  }

  /** The guards' records by the outlet whose release they watch. */
  async records(): Promise<ReadonlyMap<string, GuardRecord>> {
    const records: GuardRecord[] = [];
    for (const key of Object.keys(GUARDS)) records.push(...(await this.#recordsOf(key)));
    return new Map(records.map((record) => [record.subject.replace('rollout/', ''), record]));
  }

  async #recordsOf(key: string): Promise<readonly GuardRecord[]> {
    const { guard } = await this.admin.run(
      `{ guard(environment: "${environment}", key: "${key}") { records {
        subject run state logE windows watermark newBad newTotal controlBad controlTotal trippedAt evidence } } }`,
    );
    return guard?.records ?? [];
  }
}
