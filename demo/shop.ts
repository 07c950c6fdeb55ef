import { createServer } from 'node:http';

/**
 * One version of the shop's checkout service: `node shop.js <version> <port>`. GET / answers its version; POST /fault
 * with a share in [0, 1] makes it fail that share of its requests with 500, POST /fault with 0 mends it.
 */
const [version = 'v1', port = '0'] = process.argv.slice(2);
let failing = 0;
let debt = 0;

const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/fault') {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      failing = Number(body);
      response.end('ok');
    });
    return;
  }
  // Errors come evenly, so that the demo tells the same story every time.
  debt += failing;
  const fails = debt >= 1;
  if (fails) debt -= 1;
  response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json', 'x-version': version });
  response.end(JSON.stringify({ version, ok: !fails }));
});

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : null });
});
process.on('disconnect', () => process.exit(0));
