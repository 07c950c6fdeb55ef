import { z } from 'zod';
import { hostAndPort } from './host-and-port.js';
import { httpHeaders } from './http-headers.js';
import { prometheusServers } from './prometheus-servers.js';
import { readRedisAddress } from './redis-address.js';

/** A whole number; what is wanted, in words, is what a fault says. */
function whole(least: number, most: number, fallback: number): z.ZodType<number> {
  return digits(least, most).default(fallback).describe(wholeFrom(least, most));
}

function digits(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);
}

function wholeFrom(least: number, most: number): string {
  return `a whole number from ${least} to ${most}`;
}

function oneOf<const T extends readonly [string, ...string[]]>(
  names: T,
  fallback: T[number],
): z.ZodType<T[number]> {
  return z
    .enum(names)
    .default(fallback)
    .describe(`one of ${names.join(', ')}`);
}

function url(protocol: RegExp, form: string): z.ZodType<string | undefined> {
  return z.url({ protocol }).optional().describe(`a URL such as ${form}`);
}

const path = z.string().min(1).optional().describe('a path');

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const hosts = list
  .pipe(z.array(hostAndPort))
  .default([])
  .describe('a list of host:port such as 127.0.0.1:9999,localhost:8080');

/** URLs with commas between them; `example` is told to whoever gave others. */
function urls(example: string) {
  return list
    .pipe(z.array(z.url({ protocol: /^https?$/ })))
    .default([])
    .describe(`a list of URLs such as ${example}`);
}

const secretRefs = list
  .pipe(z.array(z.string().regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/)))
  .default([])
  .describe('a list such as env:COUNTS_SECRET,file:/run/secrets/counts');

/** Every setting, by environment variable. Documented in docs/configuration.md, which a test holds against this. */
const SETTINGS = {
  TIDEGATE_HOST: z.string().min(1).default('127.0.0.1').describe('an address to listen on'),
  TIDEGATE_PORT: whole(0, 65_535, 8_080),
  TIDEGATE_STORE: oneOf(['embedded', 'redis'], 'embedded'),
  TIDEGATE_DATA_DIR: z.string().min(1).default('.data').describe('a path'),
  TIDEGATE_REDIS_URL: z
    .string()
    .refine((text) => readRedisAddress(text) !== null)
    .optional()
    .describe(
      'a URL such as redis://host:6379, redis+sentinel://host:26379,…/name or redis+cluster://host:6379,…',
    ),
  TIDEGATE_REDIS_REPLICAS: whole(0, 9, 0),
  TIDEGATE_REDIS_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9:_-]{1,40}$/)
    .default('tidegate:')
    .describe('1 to 40 letters, digits, ":", "_" and "-"'),
  TIDEGATE_LOG_DAYS: whole(1, 3_650, 400),
  TIDEGATE_USAGE_DAYS: whole(1, 365, 90),
  TIDEGATE_VERDICT_DAYS: whole(1, 3_650, 90),
  TIDEGATE_MESH: oneOf(['files', 'istio'], 'files'),
  TIDEGATE_MESH_DIR: path,
  TIDEGATE_KUBECONFIG: path,
  TIDEGATE_ISTIOD_DEBUG_URLS: urls('http://istiod.istio-system.svc:15014'),
  TIDEGATE_ISTIOD_TOKEN_FILE: path,
  TIDEGATE_GATEWAY_PROBE_URLS: urls('http://istio-ingressgateway.istio-system.svc:8080'),
  TIDEGATE_ISTIO_ROOT_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .default('istio-system')
    .describe('the name of a namespace'),
  TIDEGATE_DRAIN_SECONDS: whole(0, 3_600, 30),
  TIDEGATE_WHEN_EMPTY: oneOf(['control', 'keep'], 'control'),
  TIDEGATE_PROMETHEUS_URL: url(/^https?$/, 'http://prometheus:9090'),
  TIDEGATE_PROMETHEUS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{1,10000}$/)
    .optional()
    .describe('a token without white space'),
  TIDEGATE_PROMETHEUS_TOKEN_FILE: path,
  TIDEGATE_PROMETHEUS_HEADERS: httpHeaders,
  TIDEGATE_PROMETHEUS_CA_FILE: path,
  TIDEGATE_PROMETHEUS_CERT_FILE: path,
  TIDEGATE_PROMETHEUS_KEY_FILE: path,
  TIDEGATE_PROMETHEUS_TIMEOUT: whole(1, 60, 5),
  TIDEGATE_PROMETHEUS_CONNECTIONS: whole(1, 1_000, 32),
  TIDEGATE_PROMETHEUS_SERVERS: prometheusServers,
  TIDEGATE_ADMIN_TOKEN: z.string().min(20).max(200).optional().describe('a text of 20 to 200 characters'),
  TIDEGATE_METRIC_WEBHOOKS: urls('https://counts.example.com/payments'),
  TIDEGATE_METRIC_SECRETS: secretRefs,
  TIDEGATE_OUTGOING_LOOPBACK: hosts,
  TIDEGATE_EDGE_HOST: z.string().min(1).optional().describe('an address to listen on'),
  TIDEGATE_EDGE_PORT: digits(0, 65_535).optional().describe(wholeFrom(0, 65_535)),
  TIDEGATE_RATE_API: whole(0, 1_000_000, 1_000),
  TIDEGATE_RATE_EVALUATION: whole(0, 1_000_000, 10_000),
  TIDEGATE_RATE_STREAMS: whole(0, 1_000_000, 2_000),
  TIDEGATE_RATE_FAILURES: whole(0, 1_000_000, 300),
  TIDEGATE_SUBSCRIPTIONS: whole(0, 1_000_000, 100),
  TIDEGATE_LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error', 'silent'], 'info'),
} as const satisfies Readonly<Record<string, z.ZodType>>;

type Name = keyof typeof SETTINGS;

/** Settings whose value may be, or hold, a secret: a fault doesn't repeat them. */
const SECRET: ReadonlySet<string> = new Set<Name>([
  'TIDEGATE_ADMIN_TOKEN',
  'TIDEGATE_REDIS_URL',
  'TIDEGATE_PROMETHEUS_URL',
  'TIDEGATE_PROMETHEUS_TOKEN',
  'TIDEGATE_PROMETHEUS_HEADERS',
  'TIDEGATE_PROMETHEUS_SERVERS',
  'TIDEGATE_METRIC_SECRETS',
]);

const schema = z.object(SETTINGS);

export type Config = z.output<typeof schema>;
export const CONFIG_NAMES = Object.keys(SETTINGS) as readonly Name[];

type Given = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from environment variables. An unknown name that starts with TIDEGATE_ is refused as well: a typo
 * would otherwise be a silent default. Throws a ConfigError that names each bad variable, what was given, and what is
 * wanted.
 */
export function readConfig(env: Given): Config {
  const given: Given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const unknown = Object.keys(given).filter((name) => name.startsWith('TIDEGATE_') && !(name in SETTINGS));
  const parsed = schema.safeParse(given);
  const bad = parsed.success ? [] : parsed.error.issues.map(({ path: [name] }) => name as Name);
  const faults = [
    ...unknown.map((name) => `${name} is not a setting of Tidegate: remove it, or see docs/configuration.md`),
    ...[...new Set(bad)].map((name) => faultOf(name, given[name])),
    ...missing(given),
    ...prometheusFaults(given),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return parsed.data;
}

function faultOf(name: Name, value = ''): string {
  const told = SECRET.has(name) ? `a text of ${value.length} characters` : JSON.stringify(value);
  return `${name} is ${told}, and must be ${SETTINGS[name].description}`;
}

/** What is needed because of another setting. */
function missing(given: Given): string[] {
  if (given['TIDEGATE_STORE'] !== 'redis' || given['TIDEGATE_REDIS_URL'] !== undefined) return [];
  const wanted = SETTINGS.TIDEGATE_REDIS_URL.description;
  return [`TIDEGATE_REDIS_URL is missing, and must be ${wanted} where TIDEGATE_STORE is redis`];
}

/** Credentials of Prometheus that contradict one another, or that would never be sent. */
function prometheusFaults(given: Given): string[] {
  const has = (part: string): boolean => given[`TIDEGATE_PROMETHEUS_${part}`] !== undefined;
  const url = given['TIDEGATE_PROMETHEUS_URL'] ?? '';
  const inUrl = URL.canParse(url) && new URL(url).username !== '';
  const ways = [inUrl, has('TOKEN'), has('TOKEN_FILE')].filter(Boolean).length;
  const faults: string[] = [];
  if (ways > 1)
    faults.push(
      'TIDEGATE_PROMETHEUS_TOKEN contradicts another setting: give a user in TIDEGATE_PROMETHEUS_URL, a token or a token file, one of them',
    );
  if (has('CERT_FILE') !== has('KEY_FILE'))
    faults.push('TIDEGATE_PROMETHEUS_CERT_FILE and TIDEGATE_PROMETHEUS_KEY_FILE go together: give both');
  if ((has('CERT_FILE') || has('CA_FILE')) && !url.startsWith('https:'))
    faults.push('TIDEGATE_PROMETHEUS_URL must begin with https: where certificates are set');
  return faults;
}

/** The settings can't be used; `message` names each bad variable. Code CONFIG_INVALID. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';

  constructor(readonly faults: readonly string[]) {
    super(`CONFIG_INVALID: ${faults.join('; ')}`);
    this.name = 'ConfigError';
  }
}
