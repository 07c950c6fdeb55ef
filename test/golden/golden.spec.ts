import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { MeshObject } from '../../src/adapters/mesh/istio-objects/mesh-object.js';
import { routeObjects } from '../../src/adapters/mesh/istio-objects/route-objects.js';
import { objectsIn, yamlOf } from '../../src/adapters/mesh/istio-objects/yaml-text.js';
import { checkoutRoute, tableOf } from '../contract/route-tables.js';
import { GOLDEN_ROUTES } from './golden-routes.js';
import { schemaFaults } from './schema-faults.js';
import type { Schema } from './schema-faults.js';

const folder = new URL('.', import.meta.url);
const schemas: { readonly [kind: string]: Schema } = {
  VirtualService: schemaOf('virtual-service'),
  DestinationRule: schemaOf('destination-rule'),
};

function schemaOf(name: string): Schema {
  const text = readFileSync(new URL(`schemas/${name}.json`, folder), 'utf8');
  return (JSON.parse(text) as { spec: Schema }).spec;
}

function faultsOf({ kind, spec }: Pick<MeshObject, 'kind' | 'spec'>): string[] {
  return schemaFaults(spec, schemas[kind] ?? {});
}

const routes = Object.entries(GOLDEN_ROUTES);
const names = routes.map(([name]) => name);

describe('the objects of a route', () => {
  // `UPDATE_GOLDEN=1` writes the files; read the diff before you commit it.
  it.each(routes)('%s are the ones kept', (name, route) => {
    const file = new URL(`${name}.yaml`, folder);
    const text = yamlOf(routeObjects(tableOf(route)));
    if (process.env['UPDATE_GOLDEN']) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('are kept for these routes and no others', () => {
    const kept = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    expect(kept.sort()).toEqual(names.map((name) => `${name}.yaml`).sort());
  });

  it.each(names)('%s fit the schemas of Istio’s definitions', (name) => {
    const objects = objectsIn(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'));
    expect(objects.length).toBeGreaterThan(1);
    expect(objects.flatMap(faultsOf)).toEqual([]);
  });

  it.each(names)(
    '%s believe a claim only from the issuer and for the audience of the identity setting',
    (name) => {
      const text = readFileSync(new URL(`${name}.yaml`, folder), 'utf8');
      const asked = (claim: string) => text.split(`"@request.auth.claims.${claim}":`).length;
      expect(asked('iss')).toBe(asked('groups'));
      expect(asked('aud')).toBe(asked('groups'));
    },
  );

  it.each(names)('%s ask for no claim inside the mesh and for no segment header at a gateway', (name) => {
    const objects = objectsIn(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'));
    for (const { metadata, spec } of objects) {
      const place = /-(?:mesh|inside)$/.test(metadata.name) ? '@request.auth' : 'x-tg-s';
      expect(JSON.stringify(spec)).not.toContain(place);
    }
  });
});

describe('the check against a schema', () => {
  const [rule, service] = routeObjects(tableOf(checkoutRoute({ rules: [] })));

  it.each([
    ['an unknown field', service, { hots: ['a'] }, 'spec.hots is unknown'],
    ['a wrong type', service, { hosts: 'a' }, 'spec.hosts is no array'],
    ['a missing field', rule, { subsets: [{ labels: {} }] }, 'spec.subsets[0].name is missing'],
    [
      'two forms at once',
      service,
      { http: [{ match: [{ headers: { a: { exact: 'x', regex: 'y' } } }] }] },
      'spec.http[0].match[0].headers.a must fit exactly one of its forms',
    ],
  ])('finds %s', (_, object, changes, fault) => {
    expect(schemaFaults({ ...object?.spec, ...changes }, schemas[object?.kind ?? ''] ?? {})).toEqual([fault]);
  });
});
