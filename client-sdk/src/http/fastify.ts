import type { IncomingMessage } from 'node:http';

export type Next = () => void;
/** Runs the rest of a request inside its decision. */
type Within = (request: FastifyRequestLike, next: Next) => void;

export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}

/** As much of a Fastify instance as the plugin needs; Fastify itself isn't imported. */
export interface FastifyLike {
  addHook(
    name: 'onRequest' | 'preValidation',
    hook: (request: FastifyRequestLike, reply: unknown, next: Next) => void,
  ): unknown;
}

/** A plugin for the instance that it is registered with, not for a scope of its own. */
export function fastifyPlugin(begin: Within, goOn: Within) {
  const plugin = (instance: FastifyLike, _: unknown, done: Next): void => {
    instance.addHook('onRequest', (request, _reply, next) => begin(request, next));
    // Reading a body leaves the asynchronous context of the hook before.
    instance.addHook('preValidation', (request, _reply, next) => goOn(request, next));
    done();
  };
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
