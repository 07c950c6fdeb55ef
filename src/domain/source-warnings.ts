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

function webhookWarnings({ key, webhook }: Guard, setup: SourceSetup): Warning[] {
  if (webhook === null) return [];
  const { hasSecret } = setup;
  const url = new URL(webhook.url);
  const needed = settingsFor(url, setup);
  const found: Warning[] = [];
  if (needed.length > 0) {
    const message = `Guard "${key}" asks ${url.origin}, which may not be asked from here: it will be blind until ${needed.join(' and ')}.`;
    found.push(warning('webhook.url', message));
  }
  if (!hasSecret(webhook.secretRef)) {
    const message = `Nothing can be signed with ${webhook.secretRef} here: guard "${key}" will be blind until TIDEGATE_METRIC_SECRETS lists it and there is a secret behind it.`;
    found.push(warning('webhook.secretRef', message));
  }
  return found;
}

/** This machine, as a URL names it; other names that lead to it are told when they are asked. */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\])$/;

/** What has to be set for a webhook to be asked, in words; empty: nothing. */
function settingsFor(url: URL, { webhooks, loopback }: SourceSetup): string[] {
  const place = `${url.hostname.replace(/^\[|\]$/g, '')}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
  const needed: string[] = [];
  if (!webhooks.some((one) => new URL(one).origin === url.origin))
    needed.push('TIDEGATE_METRIC_WEBHOOKS lists it');
  if (LOOPBACK.test(url.hostname) && !loopback.includes(place))
    needed.push(`TIDEGATE_OUTGOING_LOOPBACK lists ${place}`);
  return needed;
}

function warning(field: string, message: string): Warning {
  return { code: 'SOURCE_NOT_SET_UP', field, message };
}
