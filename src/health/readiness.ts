import { Injectable } from '@nestjs/common';

/** Whether this process has come up: the store is open, tokens and environments are loaded. False again once it closes. */
@Injectable()
export class Readiness {
  started = false;
}
