import { Module } from '@nestjs/common';
import { SegmentsResolver } from './segments.resolver.js';

@Module({ providers: [SegmentsResolver] })
export class SegmentsModule {}
