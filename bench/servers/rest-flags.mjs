import fastify from 'fastify';

/** The answer that GraphQL gives to the same question, as REST on fastify with a response schema. */
const answer = JSON.parse(process.env.ANSWER);
const text = { type: 'string' };
const properties = {
  key: text,
  revision: { type: 'integer' },
  type: text,
  description: text,
  owner: text,
  tags: { type: 'array', items: text },
  lifetime: text,
  enabled: { type: 'boolean' },
  defaultVariant: text,
};
const of = (name, schema) => ({ type: 'object', properties: { [name]: schema } });
const edge = of('node', { type: 'object', properties });
const schema = { response: { 200: of('data', of('flags', of('edges', { type: 'array', items: edge }))) } };

const server = fastify();
server.get('/', () => 'ready');
server.post('/flags', { schema }, () => answer);
await server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
