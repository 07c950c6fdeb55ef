import type { Guard } from './guard.js';
import type { Warning } from './problem.js';
import type { SourceSetup } from './source-setup.js';

/**
 * What keeps a guard from ever reading anything here, SOURCE_NOT_SET_UP: a Prometheus that the service was not told of, a webhook that it may
 * not ask or can't sign for. A server that is named and not known is refused instead. `setup` undefined: nobody can tell.
 */
export function sourceWarnings(guard: Guard, setup: SourceSetup | undefined): Warning[] {
  if (setup === undefined) return [];
  if (guard.source === 'prometheus') return prometheusWarnings(guard, setup);
  return guard.source === 'webhook' ? webhookWarnings(guard, setup) : [];
}

function prometheusWarnings({ key, server }: Guard, { servers }: SourceSetup): Warning[] {
  if (server !== null || servers.includes(null)) return [];
  const names = servers.filter((name) => name !== null);
  const others = names.length === 0 ? '' : `, or its \`server\` is one of ${names.join(', ')}`;
  const message = `Guard "${key}" reads a Prometheus, and none is set up here: it will be blind until TIDEGATE_PROMETHEUS_URL is set${others}.`;
  return [warning('source', message)];
}

function webhookWarnings({ key, webhook }: Guard, { webhooks, hasSecret }: SourceSetup): Warning[] {
  if (webhook === null) return [];
  const { origin } = new URL(webhook.url);
  const found: Warning[] = [];
  if (!webhooks.some((url) => new URL(url).origin === origin)) {
    const message = `Guard "${key}" asks ${origin}, which may not be asked from here: it will be blind until TIDEGATE_METRIC_WEBHOOKS lists it.`;
    found.push(warning('webhook.url', message));
  }
  if (!hasSecret(webhook.secretRef)) {
    const message = `There is no secret at ${webhook.secretRef} here, so nothing can be signed: guard "${key}" will be blind until there is.`;
    found.push(warning('webhook.secretRef', message));
  }
  return found;
}

function warning(field: string, message: string): Warning {
  return { code: 'SOURCE_NOT_SET_UP', field, message };
}
