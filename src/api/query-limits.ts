import type { DocumentNode, GraphQLSchema } from 'graphql';
import { Problem } from '../domain/problem.js';
import { measureQuery, type QueryFigures } from './query-figures.js';

/** The most that an operation may have of each figure. */
export type QueryLimits = QueryFigures;

/** Enough for everything that the API can answer of a page of 200, and for the introspection query of common tools. */
export const QUERY_LIMITS: QueryLimits = {
  cost: 200_000,
  depth: 16,
  aliases: 50,
  directives: 50,
  rootFields: 25,
  breadth: 200,
  fragments: 50,
};

const WORDS: Readonly<Record<keyof QueryLimits, string>> = {
  cost: 'costs {figure}, and at most {limit} is allowed: ask for fewer fields or a shorter page (`first`)',
  depth: 'is {figure} fields deep, and at most {limit} are allowed',
  aliases: 'has {figure} aliases, and at most {limit} are allowed: send several requests',
  directives: 'has {figure} directives, and at most {limit} are allowed',
  rootFields: 'has {figure} root fields, and at most {limit} are allowed: send several requests',
  breadth: 'has {figure} selections in one pair of braces, and at most {limit} are allowed',
  fragments: 'has {figure} fragments, and at most {limit} are allowed',
};

/**
 * Refuses a document before it is validated, compiled or run when one of its operations is over a limit. Throws
 * QUERY_TOO_COMPLEX that names the limit and the figure.
 */
export function checkLimits(schema: GraphQLSchema, document: DocumentNode, limits: QueryLimits): void {
  for (const figures of measureQuery(schema, document))
    for (const [name, limit] of Object.entries(limits) as [keyof QueryLimits, number][])
      if (figures[name] > limit) throw tooComplex(name, figures[name], limit);
}

function tooComplex(name: keyof QueryLimits, figure: number, limit: number): Problem {
  const told = Number.isFinite(figure) ? String(figure) : 'endlessly much';
  const words = WORDS[name].replace('{figure}', told).replace('{limit}', String(limit));
  return new Problem('QUERY_TOO_COMPLEX', `The query ${words}.`, { field: name });
}
