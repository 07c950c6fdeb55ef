import { Global, Module } from '@nestjs/common';
import { Authenticator } from './authenticator.js';

@Global()
@Module({ providers: [Authenticator], exports: [Authenticator] })
export class AuthModule {}
