import { Global, Module } from '@nestjs/common';
import { ChangeService } from './change.service.js';
import { ChangesResolver } from './changes.resolver.js';

@Global()
@Module({ providers: [ChangeService, ChangesResolver], exports: [ChangeService] })
export class ChangesModule {}
