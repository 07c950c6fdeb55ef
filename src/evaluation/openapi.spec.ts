import { describe, expect, it } from '@jest/globals';
import openapiTS, { astToString } from 'openapi-typescript';
import { buildOpenApi } from './openapi.js';

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

describe('buildOpenApi', () => {
  const document = buildOpenApi() as { paths: object; components: { schemas: Record<string, object> } };

  it('describes every route', () => {
    expect(Object.keys(document.paths)).toEqual([
      '/ofrep/v1/evaluate/flags/{key}',
      '/ofrep/v1/evaluate/flags',
      '/api/v1/snapshot',
      '/api/v1/stream',
      '/api/v1/events',
    ]);
  });

  it('refers only to schemas that it holds', () => {
    const held = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    const refs = new Set(refsIn(document));
    expect(refs.size).toBeGreaterThan(10);
    for (const ref of refs) expect(held).toContain(ref);
  });

  it('is a document that types can be made from', async () => {
    const types = astToString(await openapiTS(JSON.stringify(document)));
    expect(types).toContain('EventsRequest');
  });
});
