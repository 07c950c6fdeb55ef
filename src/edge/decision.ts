import type { EvaluationContext } from '@tidegate/sdk/engine';
import { writeCheckResponse } from './check-response.js';
import type { HostPlan } from './host-table.js';

/** Who a request is from, as far as that is known. */
export interface Subject {
  /** What a token proved. */
  readonly verified?: EvaluationContext['verified'];
  /** The targeting key that a token proved. */
  readonly targetingKey?: string;
  /** The anonymous id of a browser, where no token proved a targeting key. */
  readonly visitor?: string | undefined;
}

/** The answer of the edge for a subject at a host. A key that is only a visitor's counts for routes that ask for it. */
export function decisionFor(plan: HostPlan, subject: Subject, setCookie?: string): Buffer {
  const { engine, segments } = plan.view;
  const { verified = {}, visitor, targetingKey = visitor } = subject;
  const context = { verified, ...(targetingKey === undefined ? {} : { targetingKey }) };
  const buckets: string[] = [];
  for (const { key, bucketBy, affinity } of plan.routes) {
    if (visitor !== undefined && affinity !== 'cookie' && bucketBy[0] === 'targetingKey') continue;
    const bucket = engine.bucketOfRoute(key, context);
    if (bucket !== null) buckets.push(`${key}=${String(bucket).padStart(4, '0')}`);
  }
  return writeCheckResponse({
    buckets: buckets.join(','),
    segments: segments.filter((segment) => engine.isMember(segment, context)).join(','),
    key: encoded(targetingKey),
    ...(setCookie === undefined ? {} : { setCookie }),
  });
}

/** Half a surrogate pair, which has no encoding, becomes U+FFFD, as it is hashed. */
function encoded(key = ''): string {
  return encodeURIComponent(Buffer.from(key).toString());
}
