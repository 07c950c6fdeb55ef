import { Global, Module } from '@nestjs/common';
import { ChangeService } from './change.service.js';
import { ChangesResolver } from './changes.resolver.js';
import { DocumentService } from './document.service.js';

@Global()
@Module({
  providers: [ChangeService, DocumentService, ChangesResolver],
  exports: [ChangeService, DocumentService],
})
export class ChangesModule {}
