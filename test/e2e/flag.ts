import type { Flag } from '@tidegate/sdk/engine';
import { sampleFlag } from '../support/sample-documents.js';

/** A boolean flag that is on for everybody, but for what is given. */
export function flag(key: string, over: Partial<Flag> = {}): Flag {
  return sampleFlag(key, { defaultVariant: 'on', ...over });
}
