/** The part of OpenAPI v3 that the schemas in `schemas/` use. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly properties?: { readonly [name: string]: Schema };
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

const UNDERSTOOD = new Set(
  (
    'type format nullable properties additionalProperties required items enum oneOf anyOf allOf not ' +
    'minimum maximum maxLength maxItems maxProperties'
  ).split(' '),
);

type Fields = { readonly [name: string]: unknown };

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return value === null ? 'null' : typeof value;
}

function isOfType(value: unknown, type: string): boolean {
  return typeOf(value) === type || (type === 'number' && typeOf(value) === 'integer');
}

function fieldFaults(value: Fields, schema: Schema, at: string): string[] {
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  // Only a schema that lists fields is closed; those inside oneOf and the like speak of some fields only.
  const isClosed = schema.type === 'object' && schema.properties !== undefined;
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, field]) => {
      const known = schema.properties?.[name] ?? schema.additionalProperties;
      if (known !== undefined) return schemaFaults(field, known, `${at}.${name}`);
      return isClosed ? [`${at}.${name} is unknown`] : [];
    }),
  ];
}

function combinationFaults(value: unknown, schema: Schema, at: string): string[] {
  const fitting = (schemas: readonly Schema[] = []) =>
    schemas.filter((one) => schemaFaults(value, one, at).length === 0).length;
  const faults: string[] = [];
  if (schema.oneOf && fitting(schema.oneOf) !== 1) faults.push(`${at} must fit exactly one of its forms`);
  if (schema.anyOf && fitting(schema.anyOf) === 0) faults.push(`${at} fits none of its forms`);
  if (schema.allOf && fitting(schema.allOf) < schema.allOf.length) faults.push(`${at} doesn't fit all`);
  if (schema.not && fitting([schema.not]) > 0) faults.push(`${at} fits what it must not`);
  return faults;
}

/** What a schema limits of a value: the number, or the length of a text, list or set of fields. */
function sizeOf(value: unknown, schema: Schema): { size: number; most: number | undefined } {
  if (typeof value === 'number') return { size: value, most: schema.maximum };
  if (typeof value === 'string') return { size: value.length, most: schema.maxLength };
  if (Array.isArray(value)) return { size: value.length, most: schema.maxItems };
  return { size: Object.keys(Object(value) as Fields).length, most: schema.maxProperties };
}

function limitFaults(value: unknown, schema: Schema, at: string): string[] {
  const { size, most = Infinity } = sizeOf(value, schema);
  const faults = size > most || size < (schema.minimum ?? -Infinity) ? [`${at} is out of bounds`] : [];
  return schema.enum && !schema.enum.includes(value) ? [...faults, `${at} is none of its values`] : faults;
}

/** Where a value breaks a schema, in words; none where it fits. Throws for a keyword that it doesn't know. */
export function schemaFaults(value: unknown, schema: Schema, at = 'spec'): string[] {
  const strange = Object.keys(schema).find((keyword) => !UNDERSTOOD.has(keyword));
  if (strange !== undefined) throw new Error(`the schema of ${at} uses ${strange}`);
  if (schema.type !== undefined && !isOfType(value, schema.type)) return [`${at} is no ${schema.type}`];
  return [
    ...limitFaults(value, schema, at),
    ...combinationFaults(value, schema, at),
    ...(typeOf(value) === 'object' ? fieldFaults(value as Fields, schema, at) : []),
    ...(Array.isArray(value) && schema.items
      ? value.flatMap((item, index) => schemaFaults(item, schema.items as Schema, `${at}[${index}]`))
      : []),
  ];
}
