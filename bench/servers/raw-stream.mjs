import { createServer } from 'node:http';

/** Fan-out on node:http as usually written: what is posted is sent to every open stream from one shared buffer. */
const open = new Set();

createServer((req, res) => {
  if (req.method === 'POST') return take(req, res);
  if (req.url === '/') return res.end('ready');
  req.socket.setTimeout(0);
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  res.write('retry: 1000\n\n');
  open.add(res);
  res.on('close', () => open.delete(res));
}).listen(Number(process.env.PORT), '127.0.0.1');

function take(req, res) {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const frame = Buffer.concat(chunks);
    for (const stream of open) stream.write(frame);
    res.end();
  });
}
