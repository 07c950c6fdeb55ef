// Writes the generated files that are committed: GraphQL SDL and types, OpenAPI and the SDK's wire types, the condition
// schema. With an argument, below that folder instead of the repository.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import 'reflect-metadata';
import { mergeTypeDefs } from '@graphql-tools/merge';
import { GraphQLDefinitionsFactory } from '@nestjs/graphql';
import { buildASTSchema, lexicographicSortSchema, printSchema } from 'graphql';
import openapiTS, { astToString } from 'openapi-typescript';
import prettier from 'prettier';
import protobuf from 'protobufjs';
import { z } from 'zod';

const out = resolve(process.argv[2] ?? '.');
const style = { ...(await prettier.resolveConfig('package.json')), parser: 'typescript' };

function write(path, text) {
  const file = join(out, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const sources = readdirSync('src', { recursive: true })
  .filter((name) => name.endsWith('.graphql'))
  .toSorted((a, b) => a.localeCompare(b))
  .map((name) => join('src', name));
const schema = buildASTSchema(mergeTypeDefs(sources.map((file) => readFileSync(file, 'utf8'))));
write('docs/schema.graphql', `${printSchema(lexicographicSortSchema(schema))}\n`);

const definitions = join(out, 'src/schema.types.ts');
mkdirSync(dirname(definitions), { recursive: true });
await new GraphQLDefinitionsFactory().generate({
  typePaths: sources,
  path: definitions,
  outputAs: 'interface',
  debug: false,
  skipResolverArgs: true,
  enumsAsTypes: true,
  customScalarTypeMapping: { JSON: 'unknown', Condition: 'unknown' },
  defaultScalarType: 'unknown',
});
writeFileSync(definitions, await prettier.format(readFileSync(definitions, 'utf8'), style));

const otlp = protobuf.loadSync('proto/opentelemetry/proto/collector/metrics/v1/metrics_service.proto');
write(
  'src/otlp/metrics-service.descriptor.ts',
  await prettier.format(
    `/** Made from proto/opentelemetry by \`npm run generate\`. */\nexport const DESCRIPTOR = ${JSON.stringify(otlp.toJSON())};`,
    style,
  ),
);

const { buildOpenApi } = await import('../dist/src/evaluation/openapi.js');
const openApi = buildOpenApi();
write('docs/openapi.json', `${JSON.stringify(openApi, null, 2)}\n`);
write(
  'client-sdk/src/client/wire.types.ts',
  await prettier.format(astToString(await openapiTS(openApi)), style),
);

const { conditionSchema } = await import('../dist/src/domain/condition.js');
const condition = z.toJSONSchema(conditionSchema, { unrepresentable: 'any', io: 'input' });
const described = {
  ...condition,
  title: 'Condition',
  description:
    'A condition tree: at most 10 levels and 200 parts; patterns are checked beyond what stands here.',
};
write(
  'docs/condition.schema.json',
  await prettier.format(JSON.stringify(described), { ...style, parser: 'json' }),
);
