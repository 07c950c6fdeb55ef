import { createServer } from 'node:http';
import { loadPackageDefinition, Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/**
 * The least that answers Envoy's ext_authz on grpc-js: a constant answer. With READ=bytes it does not even read what it is
 * asked, and the answer is bytes that were written beforehand; with READ=message both are messages, by proto-loader.
 */
const answer = {
  status: {},
  ok_response: {
    headers: ['x-tg-b', 'x-tg-s', 'x-tg-k'].map((key) => ({
      header: { key, value: 'checkout=0421' },
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
    })),
  },
};
const definition = loadSync('proto/envoy/service/auth/v3/external_auth.proto', {
  keepCase: true,
  enums: String,
});
const { service } = loadPackageDefinition(definition).envoy.service.auth.v3.Authorization;
const server = new Server();
if (process.env.READ === 'message') {
  server.addService(service, { Check: (_, done) => done(null, answer) });
} else {
  const bytes = service.Check.responseSerialize(answer);
  const same = (given) => given;
  const bare = { ...service.Check, requestDeserialize: same, responseSerialize: same };
  server.addService({ Check: bare }, { Check: (_, done) => done(null, bytes) });
}
server.bindAsync(`127.0.0.1:${process.env.EDGE_PORT}`, ServerCredentials.createInsecure(), () => {
  createServer((_, res) => res.end('ready')).listen(Number(process.env.PORT), '127.0.0.1');
});
