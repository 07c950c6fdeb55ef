import { Problem } from '../domain/problem.js';
import { hasSecret, readSecret } from './secret-ref.js';

/**
 * The secrets that guards may name. Who writes guards may not learn what else this machine holds: a reference that is not listed is never
 * looked for, and one that is missing is told of in the same words.
 */
export class MetricSecrets {
  readonly #listed: ReadonlySet<string>;

  /** `listed`: `env:NAME` or `file:/path`, exactly as guards name them. */
  constructor(
    listed: readonly string[],
    private readonly env: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.#listed = new Set(listed);
  }

  /** Whether it is listed and there is something behind it. */
  has(secretRef: string): boolean {
    return this.#listed.has(secretRef) && hasSecret(secretRef, this.env);
  }

  /** The secret behind a reference. Throws Problem CONFIG_INVALID where it is not listed, or there is none. */
  async read(secretRef: string): Promise<string> {
    try {
      if (this.#listed.has(secretRef)) return await readSecret(secretRef, this.env);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
    const message = `TIDEGATE_METRIC_SECRETS does not list ${secretRef}, or there is no secret behind it.`;
    throw new Problem('CONFIG_INVALID', message, { field: 'secretRef' });
  }
}
