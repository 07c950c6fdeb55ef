import type { Flag, Route, Segment, Snapshot } from '@tidegate/sdk/engine';

/** A boolean flag, enabled, that answers `off`, but for what is given. */
export function sampleFlag(key: string, given: Partial<Flag> = {}): Flag {
  return {
    key,
    type: 'boolean',
    description: '',
    owner: '',
    tags: [],
    lifetime: 'temporary',
    expiresAt: null,
    variants: { on: true, off: false },
    enabled: true,
    defaultVariant: 'off',
    offVariant: 'off',
    prerequisites: [],
    targets: [],
    rules: [],
    ...given,
  };
}

/** A segment without members, but for what is given. */
export function sampleSegment(key: string, given: Partial<Segment> = {}): Segment {
  return { key, description: '', rules: [], included: [], excluded: [], ...given };
}

/** A route of versions v1 (default) and v2, but for what is given. */
export function sampleRoute(key: string, given: Partial<Route> = {}): Route {
  return {
    key,
    description: '',
    service: `${key}.shop.svc.cluster.local`,
    port: 80,
    gateways: [],
    mesh: true,
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    salt: `${key}-salt`,
    bucketBy: ['targetingKey'],
    rules: [],
    default: 'v1',
    closed: null,
    ...given,
  };
}

/** The first snapshot of environment `e`, empty but for what is given. */
export function sampleSnapshot(given: Partial<Snapshot> = {}): Snapshot {
  return {
    environment: 'e',
    epoch: 'x',
    revision: 1,
    flags: [],
    segments: [],
    routes: [],
    events: {},
    ...given,
  };
}
