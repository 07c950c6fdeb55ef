import { type GraphQLSchema, isEnumType } from 'graphql';

/** How graphql-js and graphql-jit say that a value is none of an enum's. */
const SAYINGS = [/ in "(\w+)" enum\./, /\bEnum "(\w+)" cannot /, / Expected type (\w+)\.$/];

/** The values that there are, as a sentence, where a message says that one is not among those of an enum; else nothing. */
export function membersFor(message: string, schema: GraphQLSchema): string {
  const name = SAYINGS.map((saying) => saying.exec(message)?.[1]).find((found) => found !== undefined);
  const type = name === undefined ? undefined : schema.getType(name);
  if (!isEnumType(type)) return '';
  return ` It is one of ${type
    .getValues()
    .map((value) => value.name)
    .join(', ')}.`;
}
