import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { EDGE_ADDRESS, EdgeServer } from './edge-server.js';

/** The edge decider. Needs `Store` and `OutgoingCalls` from global modules. */
@Module({})
export class EdgeModule {
  static register(config: Config): DynamicModule {
    const { TIDEGATE_EDGE_HOST: host = config.TIDEGATE_HOST, TIDEGATE_EDGE_PORT: port } = config;
    const name = host.includes(':') ? `[${host}]` : host;
    const address = { provide: EDGE_ADDRESS, useValue: port === undefined ? null : `${name}:${port}` };
    return { module: EdgeModule, providers: [address, EdgeServer], exports: [EdgeServer] };
  }
}
