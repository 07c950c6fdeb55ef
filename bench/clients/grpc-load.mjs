import { Client, credentials } from '@grpc/grpc-js';

/**
 * Sends ext_authz checks over a few HTTP/2 connections, as a proxy of so many workers does, and waits for each answer. Asked
 * over IPC with { port, requests: [message in base64], connections: checks at once, count }; answers { statuses: { OK: n } }
 * or { error }.
 */
const PATH = '/envoy.service.auth.v3.Authorization/Check';
const WORKERS = 2;
const same = (bytes) => bytes;
const channels = new Map();

process.on('message', (job) => {
  run(job).then(
    (statuses) => process.send({ statuses }),
    (error) => process.send({ error: String(error) }),
  );
});

async function run({ port, requests, connections, count }) {
  const messages = requests.map((request) => Buffer.from(request, 'base64'));
  const clients = clientsOf(port);
  let sent = 0;
  let answered = 0;
  const converse = async (client) => {
    while (sent < count) {
      const bytes = await check(client, messages[sent++ % messages.length]);
      if (bytes.length > 0) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => converse(clients[index % WORKERS])));
  return { OK: answered };
}

function clientsOf(port) {
  if (!channels.has(port)) {
    const open = (_, index) =>
      new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
        'grpc.worker': index,
      });
    channels.set(port, Array.from({ length: WORKERS }, open));
  }
  return channels.get(port);
}

function check(client, message) {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(PATH, same, same, message, (error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}
