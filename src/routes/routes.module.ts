import { Module } from '@nestjs/common';
import { BucketShareResolver } from './bucket-share.resolver.js';
import { RoutesResolver } from './routes.resolver.js';

@Module({ providers: [RoutesResolver, BucketShareResolver] })
export class RoutesModule {}
