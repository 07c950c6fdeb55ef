import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { edgeObjects } from '../../src/adapters/mesh/istio-objects/edge-objects.js';
import { yamlOf } from '../../src/adapters/mesh/istio-objects/yaml-text.js';
import { type EdgeSetup, edgeSetupSchema } from '../../src/domain/edge-setup.js';
import { type Identity, identitySchema } from '../../src/domain/environment.js';
import { type Schema, schemaFaults } from './schema-faults.js';

const schemaOf = (name: string): Schema =>
  (JSON.parse(readFileSync(new URL(`schemas/${name}.json`, import.meta.url), 'utf8')) as { spec: Schema })
    .spec;
const SCHEMAS: Readonly<Record<string, Schema>> = {
  EnvoyFilter: schemaOf('envoy-filter'),
  AuthorizationPolicy: schemaOf('authorization-policy'),
  RequestAuthentication: schemaOf('request-authentication'),
};

function setup(identity: Identity | null, over: Partial<EdgeSetup> = {}): EdgeSetup {
  const given = edgeSetupSchema.parse({
    name: 'public',
    namespace: 'istio-ingress',
    selector: { istio: 'ingressgateway' },
    provider: 'tidegate-edge',
  });
  return { ...given, environment: 'production', identity, ...over };
}

const byUrl = identitySchema.parse({
  issuer: 'https://id.example.com',
  jwksUri: 'https://id.example.com/keys',
  audience: 'shop',
});
const bySet = identitySchema.parse({
  issuer: 'https://id.example.com',
  jwks: { keys: [{ kty: 'RSA', kid: 'a' }] },
  cookie: 'session',
});

const SETUPS: readonly [string, EdgeSetup][] = [
  ['issuer-by-url', setup(byUrl)],
  ['keys-and-cookie', setup(bySet)],
  ['no-identity', setup(null)],
  ['tokens-checked-elsewhere', setup(byUrl, { checkTokens: false })],
];

describe('the objects that make a gateway ask the edge', () => {
  // `UPDATE_GOLDEN=1` writes the files; read the diff before you commit it.
  it.each(SETUPS)('%s are the ones kept, and fit the schemas of Istio’s definitions', (name, given) => {
    const file = new URL(`edge/${name}.yaml`, import.meta.url);
    const objects = edgeObjects(given);
    if (process.env['UPDATE_GOLDEN']) writeFileSync(file, yamlOf(objects));
    expect(yamlOf(objects)).toBe(readFileSync(file, 'utf8'));
    expect(objects.flatMap(({ kind, spec }) => schemaFaults(spec, SCHEMAS[kind] ?? {}))).toEqual([]);
  });

  it.each(SETUPS)('%s strip before they ask', (_, given) => {
    const kinds = edgeObjects(given).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(kinds[0]).toBe('EnvoyFilter tg-edge-public-strip');
    expect(kinds.at(-1)).toBe('AuthorizationPolicy tg-edge-public');
    expect(kinds).toHaveLength(given.checkTokens && given.identity !== null ? 4 : 3);
  });
});
