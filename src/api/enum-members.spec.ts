import { describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLSchema, graphql } from 'graphql';
import { membersFor } from './enum-members.js';

const schema: GraphQLSchema = buildSchema(`
  enum Colour { red green }
  type Query { paint(colour: Colour): Int }
`);

const MEMBERS = ' It is one of red, green.';

describe('the members of an enum', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['a variable that is none of them', 'query ($c: Colour) { paint(colour: $c) }', { c: 'rad' }],
    ['a variable that is no text', 'query ($c: Colour) { paint(colour: $c) }', { c: 5 }],
    ['one in the query that is none of them', '{ paint(colour: rad) }', {}],
    ['a text in the query', '{ paint(colour: "red") }', {}],
  ])('are told for %s', async (_, source, variableValues) => {
    const { errors = [] } = await graphql({ schema, source, variableValues });
    expect(errors.map(({ message }) => membersFor(message, schema))).toEqual([MEMBERS]);
  });

  it('are told in the words of a compiled query too, and for nothing else', () => {
    const said = 'Variable "$c" got invalid value "rad"; Expected type Colour.';
    expect(membersFor(said, schema)).toBe(MEMBERS);
    expect(membersFor('Variable "$n" got invalid value "a"; Expected type Int.', schema)).toBe('');
    expect(membersFor('Something else.', schema)).toBe('');
  });
});
