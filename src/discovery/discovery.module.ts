import { Module } from '@nestjs/common';
import { DiscoveryResolver } from './discovery.resolver.js';
import { VersionWatcher } from './version-watcher.js';

/** Which versions the cluster runs. The composition root binds Store and Workloads in a global module. */
@Module({ providers: [DiscoveryResolver, VersionWatcher], exports: [VersionWatcher] })
export class DiscoveryModule {}
