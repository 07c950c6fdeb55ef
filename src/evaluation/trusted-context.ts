import type { EvaluationContext } from '@tidegate/sdk/engine';
import type { Refusal, Verification } from '../auth/identity-verifier.js';
import type { Caller } from './caller.js';
import { evaluationMetrics } from './evaluation-metrics.js';

/** A context as it was sent: a JSON object that is ours to change. */
export type SentContext = Record<string, unknown>;

/**
 * Makes a context that came from outside fit to be evaluated, in place. `verified` stays only when a server token vouches
 * for it, and is overlaid with what the user's JWT proves. A bad JWT takes all of `verified` away, whoever sent it: the
 * evaluation goes on without. What is dropped or refused is counted, never logged.
 *
 * Answers at once where no JWT is to be checked or it is known already; else a promise that never rejects.
 */
export function trust(
  context: SentContext,
  { principal, environment, environmentView }: Caller,
  userToken: string | undefined,
): EvaluationContext | Promise<EvaluationContext> {
  const sent = takeVerified(context);
  if (sent !== undefined && (principal.kind !== 'server' || !isPlainObject(sent))) {
    evaluationMetrics.verifiedDropped.inc({ environment });
  }
  const vouched = principal.kind === 'server' && isPlainObject(sent) ? sent : undefined;
  if (userToken === undefined) return withVerified(context, vouched);
  const finish = (verification: Verification): EvaluationContext => {
    if ('verified' in verification) return withVerified(context, { ...vouched, ...verification.verified });
    countRefusal(environment, verification.refused);
    return context;
  };
  const { verifier } = environmentView;
  if (verifier === null) return finish({ refused: 'not-configured' });
  const known = verifier.peek(userToken);
  return known === undefined ? verifier.verify(userToken).then(finish) : finish(known);
}

function takeVerified(context: SentContext): unknown {
  if (!Object.hasOwn(context, 'verified')) return undefined;
  const { verified } = context;
  context['verified'] = undefined;
  return verified;
}

function withVerified(context: SentContext, verified: SentContext | undefined): EvaluationContext {
  if (verified !== undefined) context['verified'] = verified;
  return context;
}

function countRefusal(environment: string, why: Refusal): void {
  evaluationMetrics.userTokensRefused.inc({ environment, why });
}

export function isPlainObject(value: unknown): value is SentContext {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
