import { connect } from 'node:net';

/**
 * Sends requests over keep-alive connections and waits for each answer. Asked over IPC with { port, requests: [text],
 * connections, count }; answers { statuses: { 200: n } } or { error }. Answers must have a content-length or no body.
 */
process.on('message', (job) => {
  run(job).then(
    (statuses) => process.send({ statuses }),
    (error) => process.send({ error: String(error) }),
  );
});

async function run({ port, requests, connections, count }) {
  const bytes = requests.map((request) => Buffer.from(request));
  const statuses = {};
  let sent = 0;
  const next = () => (sent < count ? bytes[sent++ % bytes.length] : null);
  const tell = (status) => (statuses[status] = (statuses[status] ?? 0) + 1);
  await Promise.all(Array.from({ length: connections }, () => converse(port, next, tell)));
  return statuses;
}

/** Asks over one connection until `next` has nothing more. */
function converse(port, next, tell) {
  return new Promise((done, fail) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    const ask = () => {
      const request = next();
      if (request === null) socket.end();
      else socket.write(request);
    };
    socket.on('connect', ask);
    socket.on('data', (chunk) => {
      text += chunk.latin1Slice();
      const status = wholeAnswer(text);
      if (status === null) return;
      tell(status);
      text = '';
      ask();
    });
    socket.on('error', fail);
    socket.on('close', done);
  });
}

/** The status of an answer that is all there, else null. */
function wholeAnswer(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2))?.[1] ?? 0;
  return text.length >= end + 4 + Number(length) ? Number(text.slice(9, 12)) : null;
}
