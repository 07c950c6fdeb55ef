import { z } from 'zod';
import { contractSchemas } from './contract.js';

const TITLE = {
  title: 'Tidegate: what SDKs talk to',
  version: '1',
  description:
    'OFREP 0.3, snapshots with deltas, and counts of events. Administration is GraphQL and not described here.',
} as const;

const ref = (schema: string): object => ({ $ref: `#/components/schemas/${schema}` });
const body = (schema: string): object => ({ content: { 'application/json': { schema: ref(schema) } } });
const answer = (description: string, schema: string, headers?: object): object => ({
  description,
  ...body(schema),
  ...(headers === undefined ? {} : { headers }),
});
const header = (description: string): object => ({ description, schema: { type: 'string' } });
const parameter = (place: 'header' | 'path' | 'query', name: string, description: string): object => ({
  in: place,
  name,
  description,
  required: place === 'path',
  schema: { type: 'string' },
});

const retryAfter = { 'Retry-After': { description: 'Whole seconds.', schema: { type: 'integer' } } };
const etag = { ETag: header('Send it again as If-None-Match.') };
const ifNoneMatch = parameter('header', 'If-None-Match', 'An ETag; 304 where it still holds.');
const userToken = parameter(
  'header',
  'X-Tidegate-User-Token',
  "The user's JWT. What it proves becomes `verified`; a bad one leaves the user without.",
);

/** Failures that every route can answer. */
function failures(schema: string): Record<string, object> {
  return {
    '401': answer('No token, or an unknown one.', schema),
    '403': answer('A token of the wrong kind.', schema),
    '405': answer('Another method is asked for.', schema),
    '500': answer('A fault of ours.', schema),
    '429': answer('More often than this token, or new clients of it, may come.', schema, retryAfter),
    '503': answer('Not loaded yet, or the store is away.', schema, retryAfter),
  };
}

function evaluateOne(): object {
  return {
    summary: 'Evaluates one flag.',
    operationId: 'evaluateFlag',
    parameters: [parameter('path', 'key', 'The flag, percent-encoded or raw.'), userToken],
    requestBody: { required: true, ...body('EvaluateRequest') },
    responses: {
      '200': answer('`value` is left out where the default of the caller applies.', 'EvaluationSuccess'),
      '400': answer('A bad body, or a context that the flag needs more of.', 'EvaluationFailure'),
      '404': answer('There is no such flag.', 'EvaluationFailure'),
      '413': answer('Larger than 1 MiB.', 'EvaluationFailure'),
      ...failures('EvaluationFailure'),
    },
  };
}

function evaluateAll(): object {
  return {
    summary: 'Evaluates all flags.',
    operationId: 'evaluateFlags',
    parameters: [ifNoneMatch, userToken],
    requestBody: { required: true, ...body('EvaluateRequest') },
    responses: {
      '200': answer('One item a flag.', 'BulkEvaluationSuccess', etag),
      '304': { description: 'Nothing has changed for this context.', headers: etag },
      '400': answer('A bad body.', 'BulkEvaluationFailure'),
      '413': answer('Larger than 1 MiB.', 'BulkEvaluationFailure'),
      ...failures('BulkEvaluationFailure'),
    },
  };
}

function snapshot(): object {
  return {
    summary: 'The whole configuration; server tokens only.',
    operationId: 'getSnapshot',
    parameters: [ifNoneMatch],
    responses: {
      '200': answer('ETag is `"epoch.revision"`.', 'Snapshot', etag),
      '304': { description: 'Nothing has changed.', headers: etag },
      ...failures('Failure'),
    },
  };
}

function stream(): object {
  return {
    summary: 'The configuration and its changes as server-sent events; server tokens only.',
    description:
      'Events `snapshot` (data: Snapshot) and `delta` (data: SnapshotDelta); ids are `epoch.revision`. A comment comes every 15 s.',
    operationId: 'streamSnapshot',
    parameters: [
      parameter('header', 'Last-Event-ID', 'Where the caller stands: only the deltas since are sent.'),
      parameter('query', 'from', 'The same, for callers that can set no header.'),
    ],
    responses: {
      '200': { description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
      ...failures('Failure'),
    },
  };
}

function events(): object {
  return {
    summary: 'Adds a batch of counts, once per client and sequence.',
    operationId: 'sendEvents',
    requestBody: { required: true, ...body('EventsRequest') },
    responses: {
      '200': answer('Taken, now or before.', 'EventsAnswer'),
      '400': answer('Not a batch of counts.', 'Failure'),
      '413': answer('Larger than 1 MiB.', 'Failure'),
      ...failures('Failure'),
    },
  };
}

function schemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(contractSchemas)) registry.add(schema, { id });
  const written = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ zodSchema, jsonSchema }) => {
      const description = z.globalRegistry.get(zodSchema)?.description;
      if (description !== undefined) jsonSchema.description = description;
    },
  });
  // spelled out it would be a type that refers to itself directly, which TypeScript refuses
  const json = { description: 'Any JSON value.' };
  const all: Record<string, Record<string, unknown>> = { ...written.schemas, Json: json };
  for (const schema of Object.values(all)) {
    delete schema['$schema'];
    delete schema['$id'];
  }
  return all;
}

/** The OpenAPI 3.1 document of every route that SDKs talk to, built from the contract's schemas. */
export function buildOpenApi(): object {
  return {
    openapi: '3.1.0',
    info: TITLE,
    security: [{ bearer: [] }, { apiKey: [] }],
    paths: {
      '/ofrep/v1/evaluate/flags/{key}': { post: evaluateOne() },
      '/ofrep/v1/evaluate/flags': { post: evaluateAll() },
      '/api/v1/snapshot': { get: snapshot() },
      '/api/v1/stream': { get: stream() },
      '/api/v1/events': { post: events() },
    },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas: schemas(),
    },
  };
}
