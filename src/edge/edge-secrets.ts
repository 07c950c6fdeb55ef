import type { Visitors } from '../domain/environment.js';
import { readSecret } from '../outgoing/secret-ref.js';
import { VisitorIds } from './visitor-ids.js';

/** Characters that a secret has at least. */
const SHORTEST = 16;

/**
 * Who knows the anonymous browsers of an environment, with the secrets that its setting names. Null where one is not
 * there or too short; `warn` is told which.
 */
export async function visitorIdsOf(
  environment: string,
  { secretRef, previousSecretRef, domain }: Visitors,
  warn: (message: string) => void,
): Promise<VisitorIds | null> {
  try {
    const refs = previousSecretRef === null ? [secretRef] : [secretRef, previousSecretRef];
    const secrets = await Promise.all(refs.map((ref) => longEnough(ref)));
    return new VisitorIds({ environment, secrets, domain });
  } catch (error) {
    warn(
      `No anonymous browser of ${environment} is known: ${error instanceof Error ? error.message : String(error)}`,
    );
    return null;
  }
}

async function longEnough(ref: string): Promise<string> {
  const secret = await readSecret(ref);
  if (secret.length < SHORTEST) throw new Error(`the secret at ${ref} has fewer than ${SHORTEST} characters`);
  return secret;
}
