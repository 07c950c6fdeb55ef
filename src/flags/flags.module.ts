import { Module } from '@nestjs/common';
import { FlagsResolver } from './flags.resolver.js';

@Module({ providers: [FlagsResolver] })
export class FlagsModule {}
