import { Module } from '@nestjs/common';
import { ScheduleResolver } from './schedule.resolver.js';

@Module({ providers: [ScheduleResolver] })
export class ScheduleModule {}
