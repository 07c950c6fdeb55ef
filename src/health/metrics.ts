import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import type { GuardRecord } from '../domain/guard/guard-record.js';
import { type Image, REGISTRY } from '../domain/image.js';
import type { RolloutPosition } from '../domain/rollout.js';
import type { RouteStatus } from '../domain/route-status.js';
import { Store } from '../ports/store.js';
import { resetGuardGauges, tellGuards } from './guard-gauges.js';

const labelNames = ['environment', 'state'] as const;
type Standing = Gauge<(typeof labelNames)[number]>;

/** Which gauge counts a state, by the first part of its key, and what it is called. */
const COUNTED: Readonly<
  Record<string, { readonly gauge: Standing; readonly stateOf: (value: unknown) => string }>
> = {
  rollout: {
    gauge: gaugeOf('tidegate_rollouts', 'Rollouts that were started once, by state.'),
    stateOf: (value) => (value as RolloutPosition).state,
  },
  route: {
    gauge: gaugeOf('tidegate_routes', 'Routes by what the mesh says of them.'),
    stateOf: (value) => (value as RouteStatus).phase,
  },
  guard: {
    gauge: gaugeOf(
      'tidegate_guards',
      'Guards and what they watch, by state; tripped ones stay until they are reset.',
    ),
    stateOf: (value) => ((value as GuardRecord).trip === null ? (value as GuardRecord).state : 'tripped'),
  },
};
const connected = new Gauge({
  name: 'tidegate_store_connected',
  help: 'Whether the store answers with all that is known (1 or 0).',
});

/** Everything that is measured, in Prometheus' text format: the process, what others count, and where things stand. */
@Injectable()
export class Metrics {
  constructor(private readonly store: Store) {
    if (register.getSingleMetric('process_cpu_user_seconds_total') === undefined) collectDefaultMetrics();
  }

  async text(): Promise<string> {
    connected.set(this.store.connected ? 1 : 0);
    for (const { gauge } of Object.values(COUNTED)) gauge.reset();
    resetGuardGauges();
    for (const image of await this.#images()) {
      countStates(image);
      tellGuards(image);
    }
    return register.metrics();
  }

  /** None while the store is not open, or has lost them. */
  async #images(): Promise<Image[]> {
    try {
      const { documents } = await this.store.image(REGISTRY);
      return await Promise.all(documents.list('environment').map(({ key }) => this.store.image(key)));
    } catch {
      return [];
    }
  }
}

function countStates({ scope, states }: Image): void {
  for (const { key, value } of states.values()) {
    const counted = COUNTED[key.split('/')[0] ?? ''];
    counted?.gauge.inc({ environment: scope, state: counted.stateOf(value) });
  }
}

function gaugeOf(name: string, help: string): Standing {
  return new Gauge({ name, help, labelNames });
}
